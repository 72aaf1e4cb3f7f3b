"""How much there is of what: ``StorageSource`` on Elasticsearch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from app.domain.disks import DataNode, Watermarks
from app.domain.lifecycle import ClusterFacts
from app.domain.storage import OTHER_SERVICES, Spread, Spreads
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.disks import data_nodes, watermarks

#: Searches that go in one request.
_TOGETHER = 50
_MOST_SERVICES = 1_000
_MILLISECOND = 1_000_000
_SPAN = {"oldest": {"min": {"field": "timestamp"}}, "newest": {"max": {"field": "timestamp"}}}
_BY_SERVICE = {"terms": {"field": "service", "size": _MOST_SERVICES}, "aggs": _SPAN}
_BY_DAY = {
    "date_histogram": {
        "field": "timestamp",
        "calendar_interval": "day",
        "format": "yyyy-MM-dd",
        "min_doc_count": 1,
    },
    "aggs": _SPAN,
}


class ElasticsearchStorageSource:
    """Counts by aggregations, each index for itself.

    Elasticsearch keeps the answer of an index that takes no more records, so that asking again is cheap.

    Args:
        read_facts: reads indices and archives.
        tier_attribute: of a node, that names its tier.
    """

    def __init__(
        self,
        client: Elasticsearch,
        read_facts: Callable[[], ClusterFacts],
        tier_attribute: str = "tier",
    ) -> None:
        self._client = client
        self._read_facts = read_facts
        self._tier_attribute = tier_attribute

    def facts(self) -> ClusterFacts:
        """Indices and archives."""
        return self._read_facts()

    def by_service(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        """How the records of each index are spread over services."""
        return self._spreads(indices, _BY_SERVICE)

    def by_day(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        """How the records of each index are spread over days."""
        return self._spreads(indices, _BY_DAY)

    def disks(self) -> tuple[Sequence[DataNode], Watermarks]:
        """The nodes that hold data, and how full they may become."""
        with translated():
            nodes = data_nodes(self._client, self._tier_attribute)
        return nodes, watermarks(self._client)

    def _spreads(self, indices: Sequence[str], grouping: dict[str, Any]) -> dict[str, Spreads]:
        found: dict[str, Spreads] = {}
        body = {
            "size": 0,
            "track_total_hits": True,
            "aggs": {"groups": grouping, **_SPAN},
        }
        for at in range(0, len(indices), _TOGETHER):
            names = indices[at : at + _TOGETHER]
            searches: list[Any] = []
            for name in names:
                searches += [{"index": name, "ignore_unavailable": True}, body]
            with translated():
                answers = self._client.msearch(searches=searches)["responses"]
            for name, answer in zip(names, answers, strict=True):
                # An index that went meanwhile, or whose only copy is away, has nothing to tell.
                if aggregations := answer.get("aggregations"):
                    found[name] = _read(aggregations)
        return found


def _read(aggregations: Mapping[str, Any]) -> Spreads:
    groups = aggregations["groups"]
    spreads = {
        bucket.get("key_as_string", bucket["key"]): _spread(bucket["doc_count"], bucket)
        for bucket in groups["buckets"]
    }
    if others := groups.get("sum_other_doc_count", 0):
        spreads[OTHER_SERVICES] = _spread(others, aggregations)
    return spreads


def _spread(documents: int, span: Mapping[str, Any]) -> Spread:
    return Spread(
        documents,
        round(span["oldest"]["value"]) * _MILLISECOND,
        round(span["newest"]["value"]) * _MILLISECOND,
    )
