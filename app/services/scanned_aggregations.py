"""Figures counted record by record over the searches of any store: for stores in memory."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

from app.domain.aggregations import (
    MAX_SERIES,
    MAX_SERVICES,
    METADATA_PREFIX,
    Counts,
    Facet,
    Histogram,
    Percentiles,
    Plan,
    Series,
    SeriesField,
    Services,
    ServiceSummary,
    TopMessages,
    check_facet,
    distribution,
)
from app.domain.entry import LogEntry
from app.domain.filters import CompositeFilter, Filter, TimeRangeFilter
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, NANOS_PER_MILLISECOND
from app.domain.intervals import Interval
from app.domain.levels import LogLevel
from app.domain.metadata import leaf_text, leaves, parse_number
from app.domain.ports import DatabaseInterface
from app.domain.query import MAX_LIMIT, RESULT_WINDOW, Query
from app.domain.scope import scope_of

_Count: TypeAlias = Callable[[Iterable[LogEntry]], list[int]]


class ScannedAggregations:
    """``Aggregations`` over ``store``; each question reads every record that matches."""

    def __init__(self, store: DatabaseInterface) -> None:
        self._store = store

    def plan(self, filter: Filter) -> Plan:
        """The store as a whole."""
        return Plan()

    def histogram(
        self, filter: Filter, interval: Interval | None, by: SeriesField | None
    ) -> Histogram:
        """Counts over time."""
        found = list(self._all(filter))
        scope = scope_of(filter)
        times = [_millisecond(entry.timestamp_ns) for entry in found] or [scope.start]
        first = scope.start if scope.start > MIN_INSTANT else min(times)
        last = scope.end if scope.end < MAX_INSTANT else max(times)
        if last < first or (not found and not scope.is_bounded):
            return Histogram(interval or Interval.fitting(0, 0), (), ())
        interval = interval or Interval.fitting(first, last)
        starts = interval.buckets(first, last)

        def count(entries: Iterable[LogEntry]) -> list[int]:
            counted = Counter((e.timestamp_ns - starts.start) // interval.nanos for e in entries)
            return [counted[at] for at in range(len(starts))]

        return Histogram(interval, starts, count(found), _series(found, by, count))

    def facets(self, filter: Filter, fields: Sequence[str], limit: int) -> list[Facet]:
        """The most frequent values of each field."""
        for field in fields:
            check_facet(field)
        found = list(self._all(filter))
        return [_facet(found, field, limit) for field in fields]

    def services(self, filter: Filter, limit: int) -> Services:
        """The services with the most records."""
        groups: dict[str, list[LogEntry]] = {}
        for entry in self._all(filter):
            groups.setdefault(entry.service, []).append(entry)
        ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
        return Services(
            [
                ServiceSummary(
                    name,
                    len(entries),
                    sum(entry.level >= LogLevel.ERROR for entry in entries),
                    _millisecond(min(entry.timestamp_ns for entry in entries)),
                    _millisecond(max(entry.timestamp_ns for entry in entries)),
                )
                for name, entries in ranked[:limit]
            ],
            sum(len(entries) for _, entries in ranked[limit:]),
        )

    def percentiles(self, filter: Filter, path: str, percents: Sequence[float]) -> Percentiles:
        """Percentiles of the numbers at ``path``, always exact."""
        numbers: Counter[float] = Counter()
        for entry in self._all(filter):
            for text in _texts(entry, path):
                if (number := parse_number(text)) is not None:
                    numbers[number] += 1
        return distribution(numbers, percents)

    def top_messages(self, filter: Filter, limit: int, sample: int) -> TopMessages:
        """The most frequent messages of the newest records."""
        found = [*_pages(self._store, filter, sample)]
        counted = Counter(entry.message for entry in found)
        ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return TopMessages(ranked[:limit], len(found), self._store.count(filter))

    def counts(self, filter: Filter) -> Counts:
        """Counts by level and service."""
        found = list(self._all(filter))
        services = Counter(entry.service for entry in found)
        ranked = sorted(services.items(), key=lambda item: (-item[1], item[0]))
        shown = dict(ranked[:MAX_SERVICES])
        return Counts(
            len(found),
            dict(Counter(entry.level.name for entry in found)),
            shown,
            len(found) - sum(shown.values()),
        )

    def _all(
        self, filter: Filter, start: int = MIN_INSTANT, end: int = MAX_INSTANT
    ) -> Iterator[LogEntry]:
        """Every record that matches: a span that holds more than pages can reach is halved."""
        narrowed = CompositeFilter(filter, TimeRangeFilter(start, end))
        if start == end or self._store.count(narrowed) <= RESULT_WINDOW:
            yield from _pages(self._store, narrowed, RESULT_WINDOW)
            return
        middle = (start + end) // 2
        yield from self._all(filter, start, middle)
        yield from self._all(filter, middle + 1, end)


def _pages(store: DatabaseInterface, filter: Filter, most: int) -> Iterator[LogEntry]:
    for offset in range(0, most, MAX_LIMIT):
        limit = min(MAX_LIMIT, most - offset)
        page = store.search(Query(filter, limit, offset)).entries
        yield from page
        if len(page) < limit:
            return


def _millisecond(instant: int) -> int:
    return instant // NANOS_PER_MILLISECOND * NANOS_PER_MILLISECOND


def _series(found: Sequence[LogEntry], by: SeriesField | None, count: _Count) -> list[Series]:
    if by is None:
        return []
    if by == "level":
        return [
            Series(level.name, count(entry for entry in found if entry.level is level))
            for level in LogLevel
        ]
    services = Counter(entry.service for entry in found)
    top = [name for name, _ in sorted(services.items(), key=lambda it: (-it[1], it[0]))]
    shown = top[:MAX_SERIES]
    series = [Series(name, count(e for e in found if e.service == name)) for name in shown]
    if len(top) > len(shown):
        series.append(Series(None, count(e for e in found if e.service not in shown)))
    return series


def _facet(found: Sequence[LogEntry], field: str, limit: int) -> Facet:
    counted: Counter[str] = Counter()
    for entry in found:
        if field == "level":
            counted[entry.level.name] += 1
        elif field == "service":
            counted[entry.service] += 1
        elif field == "source_ip":
            if entry.source_ip is not None:
                counted[str(_plain(entry.source_ip))] += 1
        else:
            counted.update(_texts(entry, field.removeprefix(METADATA_PREFIX)))
    ranked = sorted(counted.items(), key=lambda item: (-item[1], _order(field, item[0])))
    return Facet(field, ranked[:limit], sum(count for _, count in ranked[limit:]))


def _texts(entry: LogEntry, path: str) -> set[str]:
    """The distinct values at ``path``."""
    texts = {leaf_text(leaf) for at, leaf in leaves(entry.metadata) if at == path}
    return {text for text in texts if text is not None}


def _order(field: str, value: str) -> bytes:
    """Equally frequent values stand in the order of their bytes in the index."""
    if field != "source_ip":
        return value.encode("utf-8", "surrogatepass")
    address = IPv6Address(value) if ":" in value else IPv6Address(f"::ffff:{value}")
    return address.packed


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
