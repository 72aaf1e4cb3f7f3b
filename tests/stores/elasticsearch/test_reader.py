"""Reading many records: one total order, every record once, and the bytes that were stored."""

import random
import threading
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from app.domain.entry import LogEntry
from app.domain.errors import StoreError
from app.domain.filters import (
    EVERYTHING,
    CompositeFilter,
    CorrelationIdFilter,
    Filter,
    IdFilter,
    LevelFilter,
    NotFilter,
    ServiceFilter,
    TraceIdFilter,
)
from app.domain.levels import LogLevel
from app.domain.reading import Cancellation, Position, Stretch
from app.protocols.pages import encode
from app.protocols.rest import dump_entry
from app.services.exporting import export_pages
from app.stores.elasticsearch.answers import decode_answers, records_of
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.documents import encode as encode_document
from app.stores.elasticsearch.documents import from_hit, to_document
from app.stores.elasticsearch.indices import Indices
from tests.builders import DAY, NOON_NS, entry
from tests.domain.strategies import entries
from tests.stores.elasticsearch.reading import Reading, reading

pytestmark = pytest.mark.es


@pytest.fixture
def stored(client: Client, indices: Indices) -> Reading:
    return reading(client, indices)


def clashing(count: int) -> list[tuple[LogEntry, int]]:
    """Records of three days; always seven share an instant, and four of those a number as well."""
    made = []
    for n in range(count):
        at = NOON_NS + n // 7 % 3 * DAY + n // 7
        made.append(
            (entry(f"id-{n * 7919 % 10_007:05}", at=at), 1_000 + n // 7 * 10 + max(n % 7 - 3, 0))
        )
    random.Random(6).shuffle(made)  # noqa: S311
    return made


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_records_of_one_instant_and_number_have_one_order_in_both_directions(
    stored: Reading, limit: int
) -> None:
    records = clashing(60)
    stored.put(records)

    forth, back = stored.ids(limit, newest_first=False), stored.ids(limit)

    expected = sorted(
        Position(record.timestamp_ns, number, record.id) for record, number in records
    )
    assert forth == [place.id for place in expected]
    assert back == forth[::-1]


@pytest.mark.parametrize(
    ("filter", "found", "in_advance"),
    [
        (CorrelationIdFilter("c"), ["id-3", "id-1"], False),
        (CompositeFilter(LevelFilter(LogLevel.INFO), TraceIdFilter("t")), ["id-2"], False),
        (IdFilter("id-2"), ["id-2"], False),
        (NotFilter(CorrelationIdFilter("c")), ["id-2", "id-0"], True),
        (EVERYTHING, ["id-3", "id-2", "id-1", "id-0"], True),
    ],
)
def test_shards_are_asked_in_advance_for_their_times_only_where_many_records_may_match(
    stored: Reading,
    sent: list[str],
    filter: Filter,
    found: list[str],
    in_advance: bool,
) -> None:
    ids: list[dict[str, Any]] = [{}, {"correlation_id": "c"}, {"trace_id": "t"}]
    ids.append({"correlation_id": "c"})
    stored.put((entry(f"id-{n}", at=NOON_NS + n * DAY, **named), n) for n, named in enumerate(ids))

    assert stored.ids(10, filter) == found
    assert ["pre_filter_shard_size" not in target for target in sent] == [in_advance]


@pytest.mark.parametrize("limit", [1, 4])
def test_pages_by_offset_have_the_same_order(stored: Reading, limit: int) -> None:
    stored.put(clashing(40))

    pages = [stored.reader.read(Stretch(limit=limit, offset=at)) for at in range(0, 40, limit)]

    assert [record.id for page in pages for record in page.records] == stored.ids(50)
    assert [page.behind is None for page in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.parametrize("newest_first", [True, False])
def test_an_export_in_windows_of_time_has_that_order_as_well(
    stored: Reading, newest_first: bool
) -> None:
    stored.put(clashing(140))

    pages = export_pages(stored.reader, Stretch(limit=8, newest_first=newest_first), None)
    exported = [record.id for page in pages for record in page.records]

    assert exported == stored.ids(500, newest_first=newest_first)
    assert len(exported) == 140


@pytest.mark.timeout(600)
def test_more_records_of_one_instant_and_number_than_can_be_told_apart_are_an_error_not_a_loss(
    stored: Reading,
) -> None:
    stored.put((entry(f"{n}"), 7) for n in range(10_001))

    with pytest.raises(StoreError, match="10000 records of one instant"):
        stored.ids(5_000)


@pytest.mark.timeout(600)
def test_every_record_that_was_there_comes_once_while_others_arrive(stored: Reading) -> None:
    """The same over a million records is ``benchmarks/paging.py``."""
    rng = random.Random(17)  # noqa: S311
    count = 20_000

    def record(n: int) -> tuple[LogEntry, int]:
        return entry(f"r{n}", at=NOON_NS + rng.randrange(3) * DAY + rng.randrange(2_000)), n

    for at in range(0, count, 10_000):
        stored.put((record(n) for n in range(at, at + 10_000)), refresh=at > 0)
    ended = threading.Event()
    arrived = []

    def write() -> None:
        n = count
        while not ended.is_set():
            stored.put(record(number) for number in range(n, n + 500))
            n += 500
            arrived.append(n)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = stored.ids(1_000)
        found_forth = stored.ids(1_000, newest_first=False)
    finally:
        ended.set()
        writer.join()
    there = {f"r{n}" for n in range(count)}
    for ids in (found, found_forth):
        assert len(ids) == len(set(ids))
        assert there <= set(ids)
    assert arrived


def test_what_came_in_later_can_be_left_out(stored: Reading) -> None:
    stored.put([(entry("a"), 1), (entry("b"), 2), (entry("c"), 3)])

    assert stored.reader.last_sequence(EVERYTHING) == 3
    assert stored.reader.last_sequence(ServiceFilter("nobody")) is None
    page = stored.reader.read(Stretch(last_sequence=2))

    assert [record.id for record in page.records] == ["b", "a"]


def test_a_number_is_handed_over_to_the_last_digit(stored: Reading) -> None:
    stored.put([(entry("a"), NOON_NS + 1)])

    assert stored.reader.last_sequence(EVERYTHING) == NOON_NS + 1
    assert stored.reader.find("a") == (entry("a"), Position(NOON_NS, NOON_NS + 1, "a"))
    assert stored.reader.find("b") is None


def test_going_on_asks_only_the_indices_that_lie_behind(stored: Reading) -> None:
    stored.put((entry(f"{n}", at=NOON_NS + n * DAY), n) for n in range(4))

    first, *_, last = stored.pages(1)
    assert (first.reach and first.reach.asked, last.reach and last.reach.asked) == (4, 2)


def test_a_total_beyond_what_is_counted_is_a_lower_bound(client: Client, indices: Indices) -> None:
    stored = reading(client, indices, exact_total=10)
    stored.put((entry(f"{n}", level=LogLevel.INFO if n else LogLevel.ERROR), n) for n in range(30))

    page = stored.reader.read(Stretch(limit=5, counts=True))
    few = stored.reader.read(Stretch(LevelFilter(LogLevel.ERROR), limit=5, counts=True))

    assert page.total is not None
    assert (10 <= page.total < 30, page.is_total_exact) == (True, False)
    assert (few.total, few.is_total_exact) == (1, True)
    assert stored.reader.read(Stretch(limit=0, counts=True)).records == []


def test_nothing_is_found_where_there_are_no_indices(stored: Reading) -> None:
    page = stored.reader.read(Stretch(counts=True))

    assert (page.records, page.behind, page.total) == ([], None, 0)


def test_whoever_has_gone_is_not_searched_for(stored: Reading) -> None:
    stored.put([(entry("a"), 1)])
    gone = Cancellation()
    gone.cancel()

    with pytest.raises(Exception, match="nobody waits"):
        stored.reader.read(Stretch(), gone)


@given(entries)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_record_that_is_passed_on_says_what_it_says_when_it_is_decoded(record: LogEntry) -> None:
    source = encode_document(to_document(record, 7))
    answer = msgspec.json.encode(
        {
            "responses": [
                {
                    "status": 200,
                    "timed_out": False,
                    "_shards": {"total": 1, "failed": 0},
                    "hits": {
                        "hits": [
                            {
                                "_index": "x",
                                "_id": record.id,
                                "_source": msgspec.Raw(source),
                                "sort": [record.timestamp_ns, 7],
                            }
                        ]
                    },
                }
            ]
        }
    )

    (hit,) = decode_answers(answer).responses[0].hits.hits
    passed_on = msgspec.json.decode(encode(records_of([hit])))[0]

    decoded = from_hit({"_id": record.id, "_source": msgspec.json.decode(source)})
    assert passed_on == dump_entry(decoded)
    assert list(passed_on) == list(dump_entry(decoded))
