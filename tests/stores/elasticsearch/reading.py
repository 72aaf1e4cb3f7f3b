"""Records put straight into indices, and a reader of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from app.domain.entry import LogEntry
from app.domain.filters import EVERYTHING, Filter
from app.domain.reading import RawPage, Stretch
from app.domain.sharding import TimeBasedSharding
from app.stores.elasticsearch.actions import create_line
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.documents import encode_lines, to_document
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.reader import ElasticsearchReader
from app.stores.elasticsearch.searching import Searcher

_SHARDING = TimeBasedSharding("day")


@dataclass(frozen=True)
class Reading:
    """A reader over indices of a day each."""

    client: Client
    indices: Indices
    reader: ElasticsearchReader

    def put(self, entries: Iterable[tuple[LogEntry, int]], *, refresh: bool = True) -> None:
        """Store records under the numbers that they are to have come in under."""
        lines: list[object] = []
        names = set()
        for entry, sequence in entries:
            name = self.indices.target(_SHARDING.place(entry))
            names.add(name)
            lines += [create_line(entry.id, name), to_document(entry, sequence)]
        for name in names:
            if not self.client.indices.exists(index=name):
                self.indices.create(name)
        answer = self.client.bulk(
            operations=cast("Any", encode_lines(lines).splitlines()),
            refresh=refresh,
            filter_path="errors",
        )
        assert answer.body == {"errors": False}

    def pages(
        self, limit: int, filter: Filter = EVERYTHING, newest_first: bool = True
    ) -> Iterator[RawPage]:
        """Every page, each behind the one before."""
        page = self.reader.read(Stretch(filter, limit, newest_first=newest_first))
        yield page
        while page.behind is not None:
            page = self.reader.read(
                Stretch(filter, limit, after=page.behind, newest_first=newest_first)
            )
            yield page

    def ids(self, limit: int, filter: Filter = EVERYTHING, newest_first: bool = True) -> list[str]:
        """The ids of all of them."""
        return [
            record.id for page in self.pages(limit, filter, newest_first) for record in page.records
        ]


def reading(client: Client, indices: Indices, exact_total: int = 100_000) -> Reading:
    """A reader with nothing to read yet."""
    searcher = Searcher(client, indices, _SHARDING, 30.0)
    return Reading(client, indices, ElasticsearchReader(client, indices, searcher, exact_total))
