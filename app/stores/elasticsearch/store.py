"""``DatabaseInterface`` on Elasticsearch."""

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from app.domain.accounts import current_account
from app.domain.aggregations import Plan
from app.domain.appending import appended
from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError, StoreError, StoreUnavailableError
from app.domain.filters import Filter
from app.domain.levels import LogLevel
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Appended, Clock, Health
from app.domain.query import MAX_STATS_SERVICES, Page, Query, Reach, Stats
from app.domain.scope import scope_of
from app.domain.sharding import ScalingStrategy
from app.stores.elasticsearch.action_writer import ActionWriter
from app.stores.elasticsearch.aggregations import ElasticsearchAggregations
from app.stores.elasticsearch.batch_maker import BatchMaker
from app.stores.elasticsearch.compile import to_query
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.documents import from_hit
from app.stores.elasticsearch.indices import Indices

_NEWEST = [{"timestamp": "desc"}, {"ingest_sequence": "desc"}]
_OLDEST = [{"timestamp": "asc"}, {"ingest_sequence": "asc"}]
_MGET_INDICES = 200


class ElasticsearchDatabase:
    """Records in time-rolled indices.

    Args:
        strategy: names stream and period of a record.
        write_path: makes safe and ships what is appended.
        search_timeout: seconds after which a search is given up.
        most_visited: records of one shard that an aggregation may visit; 0: any number.

    Attributes:
        aggregations: figures over the records.
    """

    def __init__(
        self,
        client: Elasticsearch,
        indices: Indices,
        strategy: ScalingStrategy,
        clock: Clock,
        write_path: ActionWriter,
        *,
        search_timeout: float = 30.0,
        most_visited: int = 0,
    ) -> None:
        self._client = client
        self._indices = indices
        self._strategy = strategy
        self._make_batch = BatchMaker(strategy, indices, clock)
        self._write_path = write_path
        self._search_timeout = search_timeout
        self.aggregations = ElasticsearchAggregations(self._ask, self._plan, most_visited)

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
        # An id that another process has just stored may lie in an index that is new to this one.
        self._indices.forget()
        names = self._indices.names(self._indices.catalog())
        for at in range(0, len(names), _MGET_INDICES):
            wanted = [{"_index": name, "_id": id} for name in names[at : at + _MGET_INDICES]]
            with translated():
                answer = self._client.mget(docs=wanted)
            for found in answer["docs"]:
                if found.get("found"):
                    return from_hit(found)
            if failed := [found for found in answer["docs"] if "error" in found]:
                reason = failed[0]["error"].get("reason", "an index does not answer")
                raise StoreUnavailableError(f"not every index could be asked: {reason}")
        return None

    def search(self, query: Query) -> Page:
        """One page of the records that match."""
        (answer,), reach = self._ask(
            query.filter,
            {
                "size": query.limit,
                "from": query.offset,
                "sort": _NEWEST if query.newest_first else _OLDEST,
                "track_total_hits": True,
            },
        )
        hits = answer["hits"]
        return Page([from_hit(hit) for hit in hits["hits"]], hits["total"]["value"], reach)

    def count(self, filter: Filter) -> int:
        """How many records match."""
        (answer,), _ = self._ask(filter, {"size": 0, "track_total_hits": True})
        return int(answer["hits"]["total"]["value"])

    def stats(self, filter: Filter) -> Stats:
        """Counts by level and service; the first and the last timestamp, to the microsecond."""
        (counts, oldest, newest), reach = self._ask(
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
            {"size": 1, "sort": _OLDEST, "track_total_hits": False},
            {"size": 1, "sort": _NEWEST, "track_total_hits": False},
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

    def _plan(self, filter: Filter) -> Plan:
        """Which indices ``_ask`` would ask what."""
        catalog = self._indices.catalog()
        partitions = self._strategy.select(catalog, scope_of(filter))
        asked = [generation for partition in partitions for generation in catalog[partition]]
        return Plan(
            to_query(filter),
            tuple(sorted(generation.name for generation in asked)),
            sum(map(len, catalog.values())) - len(asked),
            any(generation.takes_records for generation in asked),
        )

    def _ask(
        self, filter: Filter, *bodies: dict[str, Any]
    ) -> tuple[list[Mapping[str, Any]], Reach]:
        """The answers to several searches with one filter, each complete, and how many were asked.

        They go as a multi-search, whose list of indices stands in the body: in the address it could
        grow past what Elasticsearch reads of a first line (4 KB).
        """
        catalog = self._indices.catalog()
        partitions = self._strategy.select(catalog, scope_of(filter))
        asked = sum(len(catalog[partition]) for partition in partitions)
        reach = Reach(asked, sum(map(len, catalog.values())) - asked)
        if not partitions:
            return [_NOTHING for _ in bodies], reach
        # By alias: where a copy takes the place of an index, each search sees the one or the other.
        names = [self._indices.alias(partition) for partition in partitions]
        query = to_query(filter)
        timeout = f"{int(self._search_timeout * 1000)}ms"
        searches: list[Any] = []
        for body in bodies:
            searches.append({"index": names, "ignore_unavailable": True})
            searches.append({"query": query, "timeout": timeout, **body})
        try:
            return self._search(searches), reach
        except ShardsFailedError:
            # An index may have gone in the middle of it; now what is there is asked.
            return self._search(searches), reach

    def _search(self, searches: list[Any]) -> list[Mapping[str, Any]]:
        client = self._client.options(request_timeout=self._search_timeout + 1)
        with translated():
            answers = client.msearch(searches=searches)["responses"]
        complete = [_complete(answer) for answer in answers]
        if account := current_account():
            for one in complete:
                shards = one["_shards"]
                account.add(shards["total"], shards["successful"], shards["failed"], one["took"])
        return complete


class ShardsFailedError(StoreUnavailableError):
    """Some of the shards that were asked did not answer."""


#: A phrase whose last word is only begun stands for a phrase with each word that begins so.
_TOO_MANY = "too many words begin like the last one of a phrase; give more letters of it"
_NOTHING: Mapping[str, Any] = {"hits": {"total": {"value": 0}, "hits": []}}


def _complete(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    if "error" in answer:
        cause = (answer["error"].get("root_cause") or [answer["error"]])[0]
        reason = f"{cause.get('type')}: {cause.get('reason')}"
        if answer["status"] == 400:
            raise InvalidQueryError("filter", _TOO_MANY if "maxClauseCount" in reason else reason)
        if answer["status"] == 429 or answer["status"] >= 500:
            raise StoreUnavailableError(f"Elasticsearch cannot answer now ({reason})")
        if answer["status"] == 404:
            raise ShardsFailedError(f"an index is not there any more ({reason})")
        raise StoreError(f"Elasticsearch answered {answer['status']} {reason}")
    if answer.get("terminated_early"):
        raise InvalidQueryError("filter", "more records match than may be counted: narrow it down")
    if answer["timed_out"]:
        raise StoreUnavailableError("the search took too long: narrow the time range")
    if failed := answer["_shards"]["failed"]:
        raise ShardsFailedError(f"{failed} of {answer['_shards']['total']} shards did not answer")
    return answer


def _buckets(aggregations: Mapping[str, Any] | None, name: str) -> list[tuple[str, int]]:
    if aggregations is None:
        return []
    return [(bucket["key"], bucket["doc_count"]) for bucket in aggregations[name]["buckets"]]
