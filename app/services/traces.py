"""All records of one request, across services."""

from collections.abc import Sequence

from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    Filter,
    TraceIdFilter,
)
from app.domain.instants import datetime_to_ns
from app.domain.levels import LogLevel
from app.domain.query import Stats
from app.domain.reading import RawPage, Stretch, TraceSummary


def trace_filter(id: str, within: Filter) -> Filter:
    """The records whose trace id or correlation id is ``id``, of those that ``within`` asks for."""
    return CompositeFilter(AnyOfFilter(TraceIdFilter(id), CorrelationIdFilter(id)), within)


def summarise(stats: Stats, services: Sequence[str]) -> TraceSummary:
    """The summary of a trace.

    Args:
        services: of the first records, in order.
    """
    duration = (
        datetime_to_ns(stats.last) - datetime_to_ns(stats.first)
        if stats.first is not None and stats.last is not None
        else 0
    )
    return TraceSummary(
        stats.total,
        duration,
        list(dict.fromkeys([*services, *stats.by_service])),
        sum(stats.by_level.get(level, 0) for level in LogLevel.at_least(LogLevel.ERROR)),
    )


def gaps(page: RawPage, stretch: Stretch) -> list[int | None]:
    """Nanoseconds between each record and the one before; None before the first of all."""
    before = stretch.after.timestamp if stretch.after else None
    found: list[int | None] = []
    for place in page.positions:
        found.append(None if before is None else place.timestamp - before)
        before = place.timestamp
    return found
