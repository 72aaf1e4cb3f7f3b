"""One store made of many: asked like one, and only those parts that can answer."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.errors import StoreUnavailableError
from app.domain.filters import EVERYTHING, Filter, ServiceFilter, TimeRangeFilter
from app.domain.outcomes import Outcome, Status
from app.domain.query import Query
from app.domain.sharding import (
    Partition,
    ScalingStrategy,
    ServiceBasedSharding,
    TimeBasedSharding,
)
from app.stores.memory import InMemoryDatabase
from app.stores.sharded import ShardedDatabase
from tests.builders import DAY, NOON_NS, entry
from tests.domain.strategies import entries, filters
from tests.fakes import FlakyDatabase

STRATEGIES: dict[str, Callable[[], ScalingStrategy]] = {
    "by hour": lambda: TimeBasedSharding("hour"),
    "by day": TimeBasedSharding,
    "by service": lambda: ServiceBasedSharding(["api", "default"], buckets=2),
    "by service and month": lambda: ServiceBasedSharding(within=TimeBasedSharding("month")),
}


class Shards:
    """Opens a store for each partition and remembers them."""

    def __init__(self, strategy: ScalingStrategy) -> None:
        self.opened: dict[Partition, FlakyDatabase] = {}
        self.store = ShardedDatabase(strategy, self._open)

    def of(self, period: str) -> FlakyDatabase:
        return self.opened[Partition("default", period)]

    def _open(self, partition: Partition) -> FlakyDatabase:
        return self.opened.setdefault(partition, FlakyDatabase())


@pytest.fixture
def three_days() -> Shards:
    """A store with one record a day: ``1`` yesterday, ``2`` today, ``3`` tomorrow."""
    shards = Shards(TimeBasedSharding())
    shards.store.append([entry(str(n), at=NOON_NS + (n - 2) * DAY) for n in (3, 1, 2)])
    return shards


def ids(records: Sequence[LogEntry]) -> list[str]:
    return [record.id for record in records]


def test_each_record_is_kept_in_the_partition_of_its_own_time(three_days: Shards) -> None:
    assert [part.period for part in three_days.store.partitions] == [
        "2026.11.23",
        "2026.11.24",
        "2026.11.25",
    ]
    assert three_days.of("2026.11.23").records.get("1") is not None


def test_outcomes_are_in_the_order_of_the_records() -> None:
    shards = Shards(TimeBasedSharding())
    batch = [entry(str(n), at=NOON_NS + n % 3 * DAY) for n in range(9)]
    shards.store.append([batch[4]])

    outcomes = shards.store.append(batch)

    assert [outcome.id for outcome in outcomes] == [str(n) for n in range(9)]
    assert [n for n in range(9) if outcomes[n].status is Status.DUPLICATE] == [4]


def test_a_partition_that_is_away_fails_its_own_records_only(three_days: Shards) -> None:
    three_days.of("2026.11.24").is_away = True

    outcomes = three_days.store.append([entry("4", at=NOON_NS - DAY), entry("5", at=NOON_NS)])

    assert outcomes[0] == Outcome.created("4")
    assert outcomes[1].status is Status.FAILED


def test_a_time_range_asks_only_the_partitions_that_it_meets(three_days: Shards) -> None:
    three_days.of("2026.11.23").is_away = True

    page = three_days.store.search(Query(TimeRangeFilter(start=NOON_NS)))

    assert (ids(page.entries), page.total) == (["3", "2"], 2)
    with pytest.raises(StoreUnavailableError):
        three_days.store.count(EVERYTHING)


def test_a_record_is_found_by_its_id_wherever_it_is(three_days: Shards) -> None:
    found = [three_days.store.get(name) for name in ("1", "2", "3", "4")]

    assert [record and record.id for record in found] == ["1", "2", "3", None]


def test_streams_are_kept_apart_and_searched_together() -> None:
    shards = Shards(TimeBasedSharding("day", {"imported": "year"}))
    shards.store.append([entry("1")])
    shards.store.append([entry("2")], "imported")

    assert shards.store.partitions == [
        Partition("default", "2026.11.24"),
        Partition("imported", "2026"),
    ]
    assert shards.store.count(EVERYTHING) == 2


def test_a_store_without_partitions_is_ready_and_empty() -> None:
    store = Shards(TimeBasedSharding()).store

    assert store.health().is_ready
    assert store.search(Query()).total == 0
    assert store.stats(EVERYTHING).first is None


def test_the_store_is_ready_while_every_partition_is(three_days: Shards) -> None:
    assert three_days.store.health().is_ready

    three_days.of("2026.11.24").is_away = True

    health = three_days.store.health()
    assert (health.is_ready, health.detail) == (False, "2 of 3 partitions are ready")


def test_refreshing_and_closing_reach_every_partition(three_days: Shards) -> None:
    three_days.store.refresh()
    three_days.store.close()

    assert [store.reads for store in three_days.opened.values()] == [1, 1, 1]
    assert all(store.is_closed for store in three_days.opened.values())


def test_pages_reach_deeper_than_one_partition_answers_at_once() -> None:
    shards = Shards(TimeBasedSharding())
    shards.store.append([entry(str(n), at=NOON_NS + n % 2 * DAY + n) for n in range(3_000)])

    page = shards.store.search(Query(limit=2, offset=2_400, newest_first=False))

    assert (ids(page.entries), page.total) == (["1801", "1803"], 3_000)


@pytest.mark.parametrize("open_strategy", STRATEGIES.values(), ids=STRATEGIES)
@settings(max_examples=40)
@given(
    st.lists(entries, max_size=12, unique_by=lambda record: record.timestamp_ns),
    filters,
    st.booleans(),
)
def test_a_sharded_store_answers_as_one_store_does(
    open_strategy: Callable[[], ScalingStrategy],
    records: list[LogEntry],
    filter: Filter,
    newest_first: bool,
) -> None:
    sharded, one = Shards(open_strategy()).store, InMemoryDatabase()
    assert sharded.append(records) == one.append(records)

    query = Query(filter, limit=5, offset=1, newest_first=newest_first)
    assert sharded.search(query) == one.search(query)
    assert sharded.count(filter) == one.count(filter)
    assert sharded.stats(filter) == one.stats(filter)
    assert [*sharded.stats(filter).by_service] == [*one.stats(filter).by_service]


@pytest.mark.parametrize("open_strategy", STRATEGIES.values(), ids=STRATEGIES)
@settings(max_examples=40)
@given(st.lists(entries, max_size=12), st.integers(1, 5))
def test_paging_loses_and_repeats_nothing_and_turns_round_as_a_whole(
    open_strategy: Callable[[], ScalingStrategy], records: list[LogEntry], size: int
) -> None:
    store = Shards(open_strategy()).store
    store.append(records)
    store.append([entry("a", service="api"), entry("b", service="db")])

    def pages(newest_first: bool) -> list[LogEntry]:
        return [
            record
            for offset in range(0, len(records) + 2, size)
            for record in store.search(Query(EVERYTHING, size, offset, newest_first)).entries
        ]

    rising, falling = pages(newest_first=False), pages(newest_first=True)
    assert sorted(record.id for record in rising) == sorted(
        [record.id for record in records] + ["a", "b"]
    )
    assert all(one.timestamp_ns <= other.timestamp_ns for one, other in pairwise(rising))
    assert falling == rising[::-1]


def test_stats_add_up_over_partitions(three_days: Shards) -> None:
    three_days.store.append(
        [entry("4", service="api"), entry("5", service="api", at=NOON_NS - DAY)]
    )

    stats = three_days.store.stats(EVERYTHING)

    assert (stats.total, list(stats.by_service.items())) == (5, [("checkout", 3), ("api", 2)])
    assert three_days.store.stats(ServiceFilter("api")).total == 2
