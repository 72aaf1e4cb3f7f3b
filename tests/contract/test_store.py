"""What every store does, besides filtering: outcomes, order, pages, statistics."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.entry import LogEntry, split_instant
from app.domain.filters import (
    EVERYTHING,
    KeywordFilter,
    LevelFilter,
    ServiceFilter,
    TimeRangeFilter,
)
from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome, Status
from app.domain.ports import IMPORTED_STREAM, DatabaseInterface
from app.domain.query import Query
from tests import builders
from tests.contract.generated import DAY, START


def entry(
    id: str,
    instant: int = START,
    level: LogLevel = LogLevel.INFO,
    service: str = "shop",
    message: str = "order paid",
) -> LogEntry:
    return builders.entry(id, at=instant, level=level, service=service, message=message)


def found_ids(store: DatabaseInterface, query: Query) -> list[str]:
    return [found.id for found in store.search(query).entries]


def test_an_empty_store_finds_nothing(store: DatabaseInterface) -> None:
    store.refresh()

    page = store.search(Query())
    stats = store.stats(EVERYTHING)

    assert (list(page.entries), page.total) == ([], 0)
    assert (stats.total, stats.by_level, stats.by_service) == (0, {}, {})
    assert (stats.first, stats.last) == (None, None)
    assert store.get("nobody") is None


def test_appending_nothing_has_no_outcomes(store: DatabaseInterface) -> None:
    assert store.append([]) == []


def test_a_store_is_ready_once_it_has_been_written_to(store: DatabaseInterface) -> None:
    store.append([entry("a")])

    assert store.health().is_ready


def test_outcomes_stand_in_the_order_of_the_batch(store: DatabaseInterface) -> None:
    batch = [entry(f"id-{n}", START + n % 3 * DAY) for n in range(50)]

    assert store.append(batch) == [Outcome.created(f"id-{n}") for n in range(50)]


def test_an_id_is_stored_once_within_a_batch(store: DatabaseInterface) -> None:
    outcomes = store.append([entry("a", message="first"), entry("a", message="second")])

    assert outcomes == [Outcome.created("a"), Outcome.duplicate("a")]
    found = store.get("a")
    assert found is not None
    assert found.message == "first"


def test_an_id_is_stored_once_over_all_batches(store: DatabaseInterface) -> None:
    store.append([entry("a", message="first")])

    outcomes = store.append([entry("b"), entry("a", message="second"), entry("c")])

    assert [outcome.status for outcome in outcomes] == [
        Status.CREATED,
        Status.DUPLICATE,
        Status.CREATED,
    ]
    store.refresh()
    assert store.count(EVERYTHING) == 3


def test_of_many_concurrent_writers_of_one_id_one_creates_it(store: DatabaseInterface) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: store.append([entry("a")])[0].status, range(32)))

    assert outcomes.count(Status.CREATED) == 1
    assert outcomes.count(Status.DUPLICATE) == 31


def test_a_record_can_be_got_right_after_it_was_appended(store: DatabaseInterface) -> None:
    for n in range(20):
        store.append([entry(f"id-{n}", START + n % 4 * DAY)])
        assert store.get(f"id-{n}") is not None


@pytest.mark.parametrize("id", ["a b", "ünïcödé", "../x?y=1&z", "x" * 512, '"quoted"\\', "*", "_"])
def test_an_id_may_be_any_text(store: DatabaseInterface, id: str) -> None:
    assert store.append([entry(id)]) == [Outcome.created(id)]

    found = store.get(id)

    assert found is not None
    assert found.id == id


def test_the_newest_come_first_unless_asked_otherwise(store: DatabaseInterface) -> None:
    store.append([entry("b", START + 2), entry("a", START + 1), entry("c", START + DAY)])
    store.refresh()

    assert found_ids(store, Query()) == ["c", "b", "a"]
    assert found_ids(store, Query(newest_first=False)) == ["a", "b", "c"]


def test_records_of_one_instant_keep_the_order_in_which_they_came(store: DatabaseInterface) -> None:
    store.append([entry(f"{n:02}") for n in range(10)])
    store.append([entry(f"{n:02}") for n in range(10, 20)])
    store.refresh()

    expected = [f"{n:02}" for n in range(20)]
    assert found_ids(store, Query(newest_first=False)) == expected
    assert found_ids(store, Query()) == expected[::-1]


def test_nanoseconds_order_records_and_bound_a_range(store: DatabaseInterface) -> None:
    store.append([entry(f"{n}", START + n) for n in (3, 1, 2)])
    store.refresh()

    assert found_ids(store, Query(newest_first=False)) == ["1", "2", "3"]
    assert found_ids(store, Query(TimeRangeFilter(START + 2, START + 2))) == ["2"]


def test_pages_hold_every_record_once(store: DatabaseInterface) -> None:
    store.append([entry(f"{n:03}", START + n * DAY // 50) for n in range(103)])
    store.refresh()

    pages = [store.search(Query(limit=25, offset=offset)) for offset in range(0, 125, 25)]

    assert [len(page.entries) for page in pages] == [25, 25, 25, 25, 3]
    assert {page.total for page in pages} == {103}
    together = [found.id for page in pages for found in page.entries]
    assert together == [f"{n:03}" for n in reversed(range(103))]


def test_a_limit_of_none_counts_only(store: DatabaseInterface) -> None:
    store.append([entry("a")])
    store.refresh()

    page = store.search(Query(limit=0))

    assert (list(page.entries), page.total) == ([], 1)


def test_statistics_count_by_level_and_service(store: DatabaseInterface) -> None:
    store.append(
        [
            entry("1", START, LogLevel.ERROR, "shop"),
            entry("2", START + DAY, LogLevel.INFO, "shop"),
            entry("3", START + 2 * DAY, LogLevel.ERROR, "billing"),
        ]
    )
    store.refresh()

    stats = store.stats(EVERYTHING)

    assert stats.by_level == {LogLevel.ERROR: 2, LogLevel.INFO: 1}
    assert list(stats.by_service.items()) == [("shop", 2), ("billing", 1)]
    assert (stats.first, stats.last) == (
        split_instant(START)[0],
        split_instant(START + 2 * DAY)[0],
    )
    assert store.stats(LevelFilter(LogLevel.INFO)).by_service == {"shop": 1}


def test_streams_are_searched_together(store: DatabaseInterface) -> None:
    store.append([entry("live")])
    store.append([entry("old"), entry("older", 0)], IMPORTED_STREAM)
    store.refresh()

    assert store.count(EVERYTHING) == 3
    assert found_ids(store, Query(ServiceFilter("shop"), newest_first=False))[0] == "older"


def test_the_oldest_and_the_latest_possible_instants_are_stored(store: DatabaseInterface) -> None:
    latest = 2**63 - 1
    store.append([entry("first", 0), entry("last", latest)], IMPORTED_STREAM)
    store.refresh()

    assert found_ids(store, Query(newest_first=False)) == ["first", "last"]
    found = store.get("last")
    assert found is not None
    assert found.timestamp_ns == latest


def test_a_message_of_one_mebibyte_is_stored_and_found(store: DatabaseInterface) -> None:
    store.append([entry("big", message="needle " + "straw " * 174_000)])
    store.refresh()

    assert found_ids(store, Query(KeywordFilter("needle straw"))) == ["big"]
