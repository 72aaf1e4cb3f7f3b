"""``DatabaseInterface`` on Elasticsearch."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.appending import appended
from app.domain.entry import LogEntry
from app.domain.filters import Filter
from app.domain.levels import LogLevel
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Appended, Clock, Health
from app.domain.query import MAX_STATS_SERVICES, Page, Query, Stats
from app.domain.sharding import ScalingStrategy
from app.stores.elasticsearch.action_writer import ActionWriter
from app.stores.elasticsearch.aggregations import ElasticsearchAggregations
from app.stores.elasticsearch.batch_maker import BatchMaker
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.documents import from_hit
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lookup import find_document
from app.stores.elasticsearch.reader import ElasticsearchReader
from app.stores.elasticsearch.searching import NEWEST, OLDEST, Searcher


class ElasticsearchDatabase:
    """Records in time-rolled indices.

    Args:
        strategy: names stream and period of a record.
        write_path: makes safe and ships what is appended.
        search_timeout: seconds after which a search is given up.
        exact_total: up to how many records ``reader`` counts exactly.

    Attributes:
        reader: reads many records.
        aggregations: figures over the records.
    """

    def __init__(
        self,
        client: Client,
        indices: Indices,
        strategy: ScalingStrategy,
        clock: Clock,
        write_path: ActionWriter,
        *,
        search_timeout: float = 30.0,
        exact_total: int = 100_000,
    ) -> None:
        self._client = client
        self._indices = indices
        self._make_batch = BatchMaker(strategy, indices, clock)
        self._write_path = write_path
        self._searcher = Searcher(client, indices, strategy, search_timeout)
        self.reader = ElasticsearchReader(client, indices, self._searcher, exact_total)
        self.aggregations = ElasticsearchAggregations(
            self._searcher.ask, self._searcher.plan, self._searcher.bounds
        )

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Log ``entries`` and ship them.

        Stored means that the primary and its in-sync copies have a record on disk.
        """
        return appended(self, entries, stream, ack)

    def append_then(
        self, entries: Sequence[LogEntry], stream: str, ack: Acknowledge, then: Appended
    ) -> None:
        """``append`` without waiting."""
        if not entries:
            then([])
            return
        self._write_path.write(self._make_batch(entries, stream), ack, then)

    def get(self, id: str) -> LogEntry | None:
        """The record of this id; of several, that of the newest period."""
        found = find_document(self._client, self._indices, id)
        return None if found is None else from_hit(found)

    def search(self, query: Query) -> Page:
        """One page of the records that match."""
        (answer,), reach = self._searcher.ask(
            query.filter,
            {
                "size": query.limit,
                "from": query.offset,
                "sort": NEWEST if query.newest_first else OLDEST,
                "track_total_hits": True,
            },
        )
        hits = answer["hits"]
        return Page([from_hit(hit) for hit in hits["hits"]], hits["total"]["value"], reach)

    def count(self, filter: Filter) -> int:
        """How many records match."""
        (answer,), _ = self._searcher.ask(filter, {"size": 0, "track_total_hits": True})
        return int(answer["hits"]["total"]["value"])

    def stats(self, filter: Filter) -> Stats:
        """Counts by level and service; the first and the last timestamp, to the microsecond."""
        (counts, oldest, newest), reach = self._searcher.ask(
            filter,
            {
                "size": 0,
                "track_total_hits": True,
                "aggs": {
                    "levels": {"terms": {"field": "level", "size": len(LogLevel)}},
                    "services": {
                        "terms": {
                            "field": "service",
                            "size": MAX_STATS_SERVICES,
                            "order": [{"_count": "desc"}, {"_key": "asc"}],
                        }
                    },
                },
            },
            {"size": 1, "sort": OLDEST, "track_total_hits": False},
            {"size": 1, "sort": NEWEST, "track_total_hits": False},
        )
        found = counts.get("aggregations")
        return Stats(
            total=counts["hits"]["total"]["value"],
            by_level={LogLevel[name]: count for name, count in _buckets(found, "levels")},
            by_service=dict(_buckets(found, "services")),
            first=next((from_hit(hit).timestamp for hit in oldest["hits"]["hits"]), None),
            last=next((from_hit(hit).timestamp for hit in newest["hits"]["hits"]), None),
            reach=reach,
        )

    def refresh(self) -> None:
        """Make what was appended searchable, in all indices."""
        self._indices.forget()
        names = self._indices.names(self._indices.catalog())
        with translated():
            for at in range(0, len(names), 50):
                self._client.indices.refresh(index=names[at : at + 50], ignore_unavailable=True)

    def prepare(self) -> None:
        """Install the index templates.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        self._indices.install_templates()
        self._indices.catalog()

    def health(self) -> Health:
        """Whether writes are taken, and the cluster can answer and knows the templates."""
        if trouble := self._write_path.trouble():
            return Health(is_ready=False, detail=trouble)
        return self._indices.health()

    def close(self) -> None:
        """Ship what can be shipped in a few seconds, and close the connections."""
        self._write_path.close()
        self._client.close()


def _buckets(aggregations: Mapping[str, Any] | None, name: str) -> list[tuple[str, int]]:
    if aggregations is None:
        return []
    return [(bucket["key"], bucket["doc_count"]) for bucket in aggregations[name]["buckets"]]
