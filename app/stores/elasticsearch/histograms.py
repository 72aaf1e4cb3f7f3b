"""Histograms as Elasticsearch's aggregations, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.aggregations import MAX_SERIES, Histogram, Series, SeriesField
from app.domain.instants import NANOS_PER_MILLISECOND
from app.domain.intervals import Interval
from app.domain.levels import LogLevel


def request(interval: Interval, by: SeriesField | None) -> dict[str, Any]:
    """The aggregations that count; empty buckets are left out, as they are known here.

    Levels are counted within each bucket. Of services the largest over all of time are wanted, hence
    there each of them has a histogram.
    """
    over_time: dict[str, Any] = {
        "date_histogram": {
            "field": "timestamp",
            "fixed_interval": f"{interval.milliseconds}ms",
            "min_doc_count": 1,
        }
    }
    match by:
        case None:
            return {"all": over_time}
        case "level":
            levels = {"terms": {"field": "level", "size": len(LogLevel)}}
            return {"all": {**over_time, "aggs": {"levels": levels}}}
        case "service":
            services = {
                "field": "service",
                "size": MAX_SERIES,
                "order": [{"_count": "desc"}, {"_key": "asc"}],
            }
            return {
                "all": over_time,
                "services": {"terms": services, "aggs": {"of_one": over_time}},
            }


def answer(
    found: Mapping[str, Any], interval: Interval, starts: range, by: SeriesField | None
) -> Histogram:
    """What the aggregations found, zeros where they found nothing."""
    buckets = found["all"]["buckets"] if found else []
    totals = _filled(buckets, starts)
    series: list[Series] = []
    match by:
        case "level":
            series = _levels(buckets, starts)
        case "service":
            series = _services(found, starts, totals)
        case None:
            pass
    return Histogram(interval, starts, totals, series)


def _filled(buckets: Sequence[Mapping[str, Any]], starts: range) -> list[int]:
    counts = [0] * len(starts)
    for bucket in buckets:
        counts[_place(bucket, starts)] = bucket["doc_count"]
    return counts


def _levels(buckets: Sequence[Mapping[str, Any]], starts: range) -> list[Series]:
    counts = {level.name: [0] * len(starts) for level in LogLevel}
    for bucket in buckets:
        at = _place(bucket, starts)
        for level in bucket["levels"]["buckets"]:
            counts[level["key"]][at] = level["doc_count"]
    return [Series(name, numbers) for name, numbers in counts.items()]


def _services(found: Mapping[str, Any], starts: range, totals: Sequence[int]) -> list[Series]:
    if not found:
        return []
    series = [
        Series(bucket["key"], _filled(bucket["of_one"]["buckets"], starts))
        for bucket in found["services"]["buckets"]
    ]
    if found["services"]["sum_other_doc_count"]:
        named = [sum(counts) for counts in zip(*(one.counts for one in series), strict=True)]
        rest = [total - count for total, count in zip(totals, named, strict=True)]
        series.append(Series(None, rest))
    return series


def _place(bucket: Mapping[str, Any], starts: range) -> int:
    return (int(bucket["key"]) * NANOS_PER_MILLISECOND - starts.start) // starts.step
