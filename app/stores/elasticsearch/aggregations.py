"""``Aggregations`` on Elasticsearch."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from app.domain.aggregations import (
    MAX_DISTINCT,
    MAX_FACET_VALUES,
    MAX_SERVICES,
    SAMPLED_VALUES,
    Counts,
    Facet,
    Histogram,
    Percentiles,
    Plan,
    SeriesField,
    Services,
    ServiceSummary,
    TopMessages,
    check_facet,
    distribution,
)
from app.domain.filters import CompositeFilter, Filter, TimeRangeFilter
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, NANOS_PER_MILLISECOND
from app.domain.intervals import MAX_BUCKETS, Interval
from app.domain.levels import LogLevel
from app.domain.metadata import parse_number
from app.domain.query import Reach
from app.domain.scope import scope_of
from app.stores.elasticsearch import histograms
from app.stores.elasticsearch.top_messages import top_messages

_Answer: TypeAlias = Mapping[str, Any]

#: The largest first; of equals the lesser first.
LARGEST_FIRST = [{"_count": "desc"}, {"_key": "asc"}]
#: Values that each shard tells of; where there are no more than that many, they are counted exactly.
_SHARD_SERVICES = 1_000
#: Of any field, such as addresses, of which there are many: with 1,000 a question takes half as long
#: again, and counts are hardly more exact.
_SHARD_VALUES = 100
#: Buckets that Elasticsearch may be asked for before it is known how many of them are needed. With ten
#: series it makes fewer than the 65,536 that it makes at most.
_MOST_BUCKETS = 4 * MAX_BUCKETS
_ENDS = {"first": {"min": {"field": "timestamp"}}, "last": {"max": {"field": "timestamp"}}}
#: The same records are drawn each time.
_SEED = 6


class Ask(Protocol):
    """Asks the indices that a filter reaches; answers are complete, or it raises."""

    def __call__(self, filter: Filter, *bodies: dict[str, Any]) -> tuple[list[_Answer], Reach]:
        """The answers to several searches with one filter."""
        ...


class ElasticsearchAggregations:
    """Figures by Elasticsearch's own aggregations, over the partitions that a filter reaches.

    Args:
        ask: sends searches.
        plan: says where they go.
        bounds: instants that everything lies between that a filter can match, so far as that can be
            told without asking anybody; None if there is nothing.
    """

    def __init__(
        self,
        ask: Ask,
        plan: Callable[[Filter], Plan],
        bounds: Callable[[Filter], tuple[int, int] | None],
    ) -> None:
        self._asking = ask
        self._bounds = bounds
        self.plan = plan

    def histogram(
        self, filter: Filter, interval: Interval | None, by: SeriesField | None
    ) -> Histogram:
        """Counts over time.

        The span of an open range is asked for, too; before, if it may be that it has far too many
        buckets, or if their length depends on it.
        """
        found: _Answer = {}
        if scope_of(filter).is_bounded:
            span = _span(filter, {})
        elif interval is not None and self._has_few_buckets(filter, interval):
            found = self._aggregate(filter, _ENDS | histograms.request(interval, by))
            span = _span(filter, found)
        else:
            span = _span(filter, self._aggregate(filter, _ENDS))
        if span is None:
            return Histogram(interval or Interval.fitting(0, 0), (), ())
        interval = interval or Interval.fitting(*span)
        starts = interval.buckets(*span)
        if not found:
            # What came since the span was asked for, or lies before it, has no bucket.
            within = TimeRangeFilter(starts[0], starts[-1] + starts.step - 1)
            found = self._aggregate(
                CompositeFilter(filter, within), histograms.request(interval, by)
            )
        return histograms.answer(found, interval, starts, by)

    def facets(self, filter: Filter, fields: Sequence[str], limit: int) -> list[Facet]:
        """The most frequent values of each field."""
        aggregations = {}
        size = min(limit, MAX_FACET_VALUES)
        for at, field in enumerate(fields):
            check_facet(field)
            aggregations[str(at)] = {
                "terms": {
                    "field": field,
                    "size": size,
                    "shard_size": max(_SHARD_VALUES, 2 * size),
                    "order": LARGEST_FIRST,
                }
            }
        found = self._aggregate(filter, aggregations)
        return [
            Facet(
                field,
                [(bucket["key"], bucket["doc_count"]) for bucket in _buckets(found, str(at))],
                _others(found, str(at)),
                _error(found, str(at)),
            )
            for at, field in enumerate(fields)
        ]

    def services(self, filter: Filter, limit: int) -> Services:
        """The services with the most records."""
        severe = [level.name for level in LogLevel.at_least(LogLevel.ERROR)]
        found = self._aggregate(
            filter,
            {
                "services": {
                    "terms": {
                        "field": "service",
                        "size": limit,
                        "shard_size": _SHARD_SERVICES,
                        "order": LARGEST_FIRST,
                    },
                    "aggs": {
                        "errors": {"filter": {"terms": {"level": severe}}},
                        "first": {"min": {"field": "timestamp"}},
                        "last": {"max": {"field": "timestamp"}},
                    },
                }
            },
        )
        return Services(
            [
                ServiceSummary(
                    bucket["key"],
                    bucket["doc_count"],
                    bucket["errors"]["doc_count"],
                    _instant(bucket["first"]),
                    _instant(bucket["last"]),
                )
                for bucket in _buckets(found, "services")
            ],
            _others(found, "services"),
        )

    def percentiles(self, filter: Filter, path: str, percents: Sequence[float]) -> Percentiles:
        """Percentiles of the numbers among the values that a flattened field holds as text.

        All distinct values come, with how often each occurs. Where there are more than
        ``MAX_DISTINCT``, those of a random part of the records do.
        """
        terms = {"terms": {"field": f"metadata.{path}", "size": MAX_DISTINCT}}
        found = self._aggregate(filter, {"values": terms})
        others = _others(found, "values")
        if not others and not _error(found, "values"):
            return distribution(_numbers(_buckets(found, "values")), percents)
        values = sum(bucket["doc_count"] for bucket in _buckets(found, "values")) + others
        # More than half of all records cannot be drawn.
        sampler = {"probability": min(0.5, SAMPLED_VALUES / values), "seed": _SEED}
        terms["terms"]["size"] = 2 * MAX_DISTINCT
        drawn = self._aggregate(
            filter, {"drawn": {"random_sampler": sampler, "aggs": {"values": terms}}}
        )
        buckets = _buckets(drawn.get("drawn", {}), "values")
        return distribution(_numbers(buckets), percents, is_sampled=True)

    def top_messages(self, filter: Filter, limit: int, sample: int) -> TopMessages:
        """The most frequent messages of the newest records."""
        return top_messages(lambda body: self._ask(filter, body), limit, sample)

    def counts(self, filter: Filter) -> Counts:
        """Counts by level and service."""
        answer = self._ask(
            filter,
            {
                "size": 0,
                "track_total_hits": True,
                "aggs": {
                    "levels": {"terms": {"field": "level", "size": len(LogLevel)}},
                    "services": {
                        "terms": {"field": "service", "size": MAX_SERVICES, "order": LARGEST_FIRST}
                    },
                },
            },
        )
        found = answer.get("aggregations", {})
        return Counts(
            answer["hits"]["total"]["value"],
            {bucket["key"]: bucket["doc_count"] for bucket in _buckets(found, "levels")},
            {bucket["key"]: bucket["doc_count"] for bucket in _buckets(found, "services")},
            _others(found, "services"),
        )

    def _has_few_buckets(self, filter: Filter, interval: Interval) -> bool:
        bounds = self._bounds(filter)
        if bounds is None:
            return True
        first, last = bounds
        return (last - first) // interval.nanos < _MOST_BUCKETS

    def _aggregate(self, filter: Filter, aggregations: dict[str, Any]) -> _Answer:
        body = {"size": 0, "track_total_hits": False, "aggs": aggregations}
        found: _Answer = self._ask(filter, body).get("aggregations", {})
        return found

    def _ask(self, filter: Filter, body: dict[str, Any]) -> _Answer:
        (answer,), _ = self._asking(filter, body)
        return answer


def _span(filter: Filter, found: _Answer) -> tuple[int, int] | None:
    """From when to when a histogram goes, in nanoseconds; None where there is nothing to show.

    Args:
        found: the answer to ``_ENDS``, where the filter leaves a side open.
    """
    scope = scope_of(filter)
    first, last = scope.start, scope.end
    if not scope.is_bounded:
        if not found or found["first"]["value"] is None:
            return None
        first = _instant(found["first"]) if first <= MIN_INSTANT else first
        last = _instant(found["last"]) if last >= MAX_INSTANT else last
    return (first, last) if first <= last else None


def _buckets(found: _Answer, name: str) -> Sequence[_Answer]:
    buckets: Sequence[_Answer] = found[name]["buckets"] if name in found else ()
    return buckets


def _others(found: _Answer, name: str) -> int:
    return int(found[name]["sum_other_doc_count"]) if name in found else 0


def _error(found: _Answer, name: str) -> int:
    return int(found[name]["doc_count_error_upper_bound"]) if name in found else 0


def _instant(found: _Answer) -> int:
    return int(found["value"]) * NANOS_PER_MILLISECOND


def _numbers(buckets: Sequence[_Answer]) -> Mapping[float, int]:
    numbers: Counter[float] = Counter()
    for bucket in buckets:
        if (number := parse_number(bucket["key"])) is not None:
            numbers[number] += bucket["doc_count"]
    return numbers
