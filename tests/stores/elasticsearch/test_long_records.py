"""Records of 200 KB: whatever reads many has pages of bounded size, here and on the node."""

import uuid
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.domain.entry import LogEntry
from app.domain.filters import EVERYTHING, Filter
from app.domain.page_size import PAGE_BYTES
from app.domain.query import Reach
from app.domain.reading import Cancellation, Position, RawPage, RecordReader, Stretch
from app.domain.sharding import TimeBasedSharding
from app.protocols.export import parse_export
from app.services.exporting import begin_export, export_pages
from app.services.page_reader import MOST_BYTES, PART_BYTES, PageReader
from app.stores.elasticsearch.aggregations import ElasticsearchAggregations
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.searching import Searcher
from app.stores.elasticsearch.templates import IndexTemplates
from tests.builders import NOON_NS, SECOND, entry
from tests.stores.elasticsearch.reading import Reading, reading
from tests.wipe import wipe

pytestmark = pytest.mark.es

COUNT, SIZE = 250, 200_000
#: Pages are measured by those before: they may have a record more than fits.
MOST = PAGE_BYTES + SIZE


def ids(page: RawPage) -> list[str]:
    return [record.id for record in page.records]


def size_of(page: RawPage) -> int:
    return sum(len(record.message) + len(record.metadata) for record in page.records)


class Weighed:
    """Knows how large the pages are, and how much of them is held.

    Attributes:
        held: bytes of the pages that somebody still has.
        most_held: at any time.
    """

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader
        self.held = self.most_held = 0

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        page = self._reader.read(stretch, cancellation)
        size = size_of(page)
        self.held += size
        self.most_held = max(self.most_held, self.held)
        weakref.finalize(page, self._forget, size)
        return page

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        return self._reader.find(id)

    def last_sequence(self, filter: Filter) -> int | None:
        return self._reader.last_sequence(filter)

    def _forget(self, size: int) -> None:
        self.held -= size


def long(n: int) -> LogEntry:
    return entry(f"{n:05}", at=NOON_NS + n * SECOND, message=f"{n:05} ".ljust(SIZE - 4, "x"))


@pytest.fixture(scope="module")
def stored(es_url: str) -> Iterator[Reading]:
    prefix = f"t-{uuid.uuid4().hex[:8]}"
    with connect(ClusterAddress((es_url,))) as client:
        made = reading(client, Indices(client, prefix, IndexTemplates(client, prefix)))
        for at in range(0, COUNT, 25):
            made.put(((long(n), n) for n in range(at, at + 25)), refresh=at + 25 == COUNT)
        yield made
    wipe(es_url, prefix)


def test_an_export_has_pages_of_some_mebibytes_and_goes_on_behind_each(stored: Reading) -> None:
    records = Weighed(stored.reader)
    asked = parse_export({}, None, NOON_NS).stretch()
    stretch = begin_export(records, asked)

    sizes: list[int] = []
    found: list[str] = []
    places: list[Position] = []
    for page in export_pages(records, stretch, None):
        sizes.append(size_of(page))
        found += ids(page)
        places += page.positions[-1:]
        del page

    assert found == [f"{n:05}" for n in reversed(range(COUNT))]
    first, *others = sizes
    assert first <= 100 * SIZE
    assert max(others) <= MOST
    assert records.most_held <= first + 4 * MOST
    again = begin_export(records, Stretch(limit=asked.limit, after=places[2]))
    rest = [one for page in export_pages(records, again, None) for one in ids(page)]
    assert rest == found[found.index(places[2].id) + 1 :]


def test_a_page_ends_at_some_mebibytes_and_the_next_goes_on_behind_it(stored: Reading) -> None:
    records = Weighed(stored.reader)
    pages = PageReader(records)

    first = pages.read(Stretch(limit=1_000, counts=True))
    second = pages.read(Stretch(limit=1_000, after=first.behind))

    assert ids(first) + ids(second) == [f"{n:05}" for n in reversed(range(COUNT))]
    assert MOST_BYTES <= size_of(first) <= MOST_BYTES + PART_BYTES
    assert (first.total, first.is_partial, second.behind) == (COUNT, False, None)


def test_top_messages_are_those_of_fewer_records_and_say_so(stored: Reading) -> None:
    searcher = Searcher(stored.client, stored.indices, TimeBasedSharding("day"), 30.0)
    sizes = []

    def ask(filter: Filter, *bodies: dict[str, Any]) -> tuple[list[Mapping[str, Any]], Reach]:
        answers, reach = searcher.ask(filter, *bodies)
        hits = answers[0]["hits"]["hits"]
        sizes.append(sum(len(hit["_source"]["message"]) for hit in hits))
        return answers, reach

    figures = ElasticsearchAggregations(ask, searcher.plan, searcher.bounds)
    found = figures.top_messages(EVERYTHING, 10, 10_000)

    assert found.total == COUNT
    assert 100 < found.read < COUNT
    assert len(found.messages) == 10
    first, *others = sizes
    assert first <= 100 * SIZE
    assert max(others) <= MOST
    assert sum(sizes) <= 32_000_000 + MOST


def test_messages_are_counted_over_pages(client: Client, indices: Indices) -> None:
    stored = reading(client, indices)
    stored.put((entry(f"{n}", at=NOON_NS + n, message=f"m{n % 3}"), n) for n in range(1_000))
    searcher = Searcher(client, indices, TimeBasedSharding("day"), 30.0)
    figures = ElasticsearchAggregations(searcher.ask, searcher.plan, searcher.bounds)

    some, all_of_them = (figures.top_messages(EVERYTHING, 2, n) for n in (900, 10_000))

    assert some.messages == [("m0", 300), ("m1", 300)]
    assert (some.read, some.total) == (900, 1_000)
    assert all_of_them.messages == [("m0", 334), ("m1", 333)]
    assert (all_of_them.read, all_of_them.total) == (1_000, 1_000)
