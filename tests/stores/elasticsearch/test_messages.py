"""Messages are read in pages, whole or as a sample that is spread over all of them."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.domain.entry import LogEntry
from app.domain.errors import OutOfTimeError
from app.domain.filters import (
    EVERYTHING,
    CompositeFilter,
    LevelFilter,
    ServiceFilter,
    TimeRangeFilter,
)
from app.domain.levels import LogLevel
from app.domain.messages import Message
from app.domain.sharding import TimeBasedSharding
from app.services.searched_messages import SearchedMessages
from app.stores.elasticsearch.bulk import send
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.messages import ElasticsearchMessages
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.elasticsearch.write_path import WritePath
from app.stores.memory import InMemoryDatabase
from tests.builders import DAY, NOON_NS, entry
from tests.stores.elasticsearch.slow import SLOW, fill

pytestmark = pytest.mark.es

SHARDING = TimeBasedSharding("day", {})
DAYS, EACH = 4, 500


def records() -> list[LogEntry]:
    """2,000 records over four days, a nanosecond apart within a day."""
    return [
        entry(
            f"{day}-{at}",
            at=NOON_NS - day * DAY + at,
            level=LogLevel.ERROR if at % 10 == 0 else LogLevel.INFO,
            message=f"day {day} number {at}",
        )
        for day in range(DAYS)
        for at in range(EACH)
    ]


@pytest.fixture
def database(
    client: Client, es_prefix: str, indices: Indices, tmp_path: Path
) -> Iterator[ElasticsearchDatabase]:
    letters = DeadLetters(client, es_prefix, indices, time.time_ns)
    shipper = Shipper(partial(send, client), indices.create, letters.bury)
    write_path = WritePath(tmp_path / "wal", shipper, deadline=60.0, allow_volatile=True)
    store = ElasticsearchDatabase(client, indices, SHARDING, time.time_ns, write_path)
    yield store
    store.close()


@pytest.fixture
def messages(
    database: ElasticsearchDatabase, client: Client, indices: Indices
) -> ElasticsearchMessages:
    """Of the records above."""
    assert all(outcome.is_stored for outcome in database.append(records()))
    database.refresh()
    return ElasticsearchMessages(client, indices, SHARDING)


def read(messages: ElasticsearchMessages, filter: object, most: int) -> tuple[int, list[Message]]:
    pages = list(messages.read(filter, most))  # type: ignore[arg-type]
    return pages[0].total, [message for page in pages for message in page.messages]


def open_points(client: Client, prefix: str) -> int:
    """Over the test's own indices: others search theirs on the same node."""
    stats = client.indices.stats(index=f"{prefix}-*", metric="search")
    return int(stats["_all"]["total"]["search"]["open_contexts"])


def test_all_are_read_as_a_store_in_memory_has_them(messages: ElasticsearchMessages) -> None:
    memory = InMemoryDatabase()
    memory.append(records())
    expected = [
        message
        for page in SearchedMessages(memory.search).read(EVERYTHING, 5_000)
        for message in page.messages
    ]

    total, found = read(messages, EVERYTHING, 5_000)

    assert total == 2_000
    assert sorted(found, key=lambda message: message.instant) == expected


def test_a_filter_narrows_down_to_the_records_and_the_days_it_asks_for(
    messages: ElasticsearchMessages,
) -> None:
    of_a_day = TimeRangeFilter(start=NOON_NS - DAY, end=NOON_NS - 1)
    total, found = read(messages, CompositeFilter(of_a_day, LevelFilter(LogLevel.ERROR)), 5_000)

    assert (total, {message.level for message in found}) == (50, {LogLevel.ERROR})
    assert {message.id for message in found} == {f"1-{at}" for at in range(0, EACH, 10)}
    assert read(messages, ServiceFilter("nobody"), 10) == (0, [])
    assert read(messages, TimeRangeFilter(end=1), 10) == (0, [])


def test_a_sample_is_spread_over_all_and_always_the_same(messages: ElasticsearchMessages) -> None:
    total, sample = read(messages, EVERYTHING, 400)

    assert (total, len(sample), len({message.id for message in sample})) == (2_000, 400, 400)
    by_day = [sum(message.id.startswith(f"{day}-") for message in sample) for day in range(DAYS)]
    early = sum(int(message.id.split("-")[1]) < EACH // 2 for message in sample)
    # Far more than chance allows: 100 ± 9 a day, 200 ± 9 in the first half of each.
    assert all(40 < number < 160 for number in by_day)
    assert 120 < early < 280
    assert read(messages, EVERYTHING, 400)[1] == sample


def test_many_indices_are_asked_in_several_requests(
    messages: ElasticsearchMessages, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = read(messages, EVERYTHING, 5_000)

    monkeypatch.setattr("app.stores.elasticsearch.messages._NAMES", 60)

    assert sorted(read(messages, EVERYTHING, 5_000)[1]) == sorted(whole)
    total, sample = read(messages, EVERYTHING, 400)
    assert (total, len(sample)) == (2_000, 400)


def test_long_messages_come_in_small_pages_and_are_cut(
    database: ElasticsearchDatabase,
    client: Client,
    indices: Indices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.stores.elasticsearch.messages._PAGE_CHARACTERS", 400_000)
    database.append([entry(f"{n}", at=NOON_NS + n, message="x" * 2_000) for n in range(900)])
    database.refresh()

    pages = list(ElasticsearchMessages(client, indices, SHARDING).read(EVERYTHING, 900))

    assert [len(page.messages) for page in pages] == [0, 500, 200, 200]
    assert {len(message.text) for page in pages for message in page.messages} == {1_000}


def test_no_point_in_time_is_left_open_also_when_the_reader_stops_early(
    messages: ElasticsearchMessages, client: Client, es_prefix: str
) -> None:
    pages = messages.read(EVERYTHING, 5_000)
    next(pages)
    opened = open_points(client, es_prefix)
    pages.close()

    assert open_points(client, es_prefix) == 0 < opened


def test_a_page_that_takes_too_long_is_out_of_time(
    client: Client, indices: Indices, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client, indices)
    # So few that Elasticsearch itself notices it, before we give up waiting for its answer.
    few = {"bool": {"should": SLOW["query"]["bool"]["should"][:20]}}
    monkeypatch.setattr("app.stores.elasticsearch.messages.to_query", lambda _: few)
    hurried = ElasticsearchMessages(client, indices, SHARDING, search_timeout=60.0)
    monkeypatch.setattr(hurried, "_timeout", "1ms")

    with pytest.raises(OutOfTimeError, match="narrow the time range"):
        list(hurried.read(EVERYTHING, 10))
