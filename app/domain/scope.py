"""Which part of all records a filter can reach: a span of time and a set of services.

Used to ask only the partitions that can hold an answer. It errs on the wide side: what lies outside
the scope cannot match, what lies inside may.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    Filter,
    ServiceFilter,
    TimeRangeFilter,
)
from app.domain.instants import MAX_INSTANT, MIN_INSTANT


@dataclass(frozen=True)
class Scope:
    """From ``start`` to ``end`` in nanoseconds, both included; ``services`` None means any."""

    start: int = MIN_INSTANT
    end: int = MAX_INSTANT
    services: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no record can lie inside."""
        return self.start > self.end or self.services == frozenset()

    @property
    def is_bounded(self) -> bool:
        """Whether both its times are given."""
        return self.start > MIN_INSTANT and self.end < MAX_INSTANT


_ANYWHERE = Scope()
_NOWHERE = Scope(start=MAX_INSTANT, end=MIN_INSTANT, services=frozenset())


def scope_of(filter: Filter) -> Scope:
    """The scope outside of which ``filter`` matches nothing."""
    match filter:
        case TimeRangeFilter():
            start, end = filter.start_ns, filter.end_ns
            return Scope(
                MIN_INSTANT if start is None else max(start, MIN_INSTANT),
                MAX_INSTANT if end is None else min(end, MAX_INSTANT),
            )
        case ServiceFilter(service):
            return Scope(services=frozenset({service}))
        case CompositeFilter(filters):
            return reduce(_intersect, _narrowing(filters), _ANYWHERE)
        case AnyOfFilter(filters):
            return reduce(_unite, map(scope_of, filters), _NOWHERE)
        case _:
            return _ANYWHERE


def _narrowing(filters: Iterable[Filter]) -> Iterator[Scope]:
    """The scopes of ``filters`` but for those, as most are, that reach everywhere."""
    for part in filters:
        scope = scope_of(part)
        if scope is not _ANYWHERE:
            yield scope


def _intersect(one: Scope, other: Scope) -> Scope:
    services = (
        one.services & other.services
        if one.services is not None and other.services is not None
        else other.services
        if one.services is None
        else one.services
    )
    return Scope(max(one.start, other.start), min(one.end, other.end), services)


def _unite(one: Scope, other: Scope) -> Scope:
    if one.is_empty or other.is_empty:
        return other if one.is_empty else one
    services = (
        None if one.services is None or other.services is None else one.services | other.services
    )
    return Scope(min(one.start, other.start), max(one.end, other.end), services)
