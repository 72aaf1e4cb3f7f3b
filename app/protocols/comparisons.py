"""New against before: what changed between two periods."""

from collections.abc import Mapping
from typing import Any

from app.domain.aggregations import Aggregations, Counts
from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    Filter,
    NotFilter,
    TimeRangeFilter,
)
from app.domain.instants import MIN_INSTANT
from app.domain.intervals import Interval
from app.domain.levels import LogLevel
from app.domain.scope import scope_of
from app.protocols import times
from app.protocols.aggregations import ANSWER_PARAMETERS, dump_range
from app.protocols.rest import FILTER_PARAMETERS, check_names, parse_filter

COMPARE_PARAMETERS = {
    "before": "Length of the period before, such as 1h, that ends where the asked one begins; default: "
    "as long as that one.",
    "before_start": "Begin of the period before, instead of its length.",
    "before_end": "End of the period before, together with `before_start`; default: where the asked one "
    "begins.",
}


def periods(parameters: Mapping[str, str], saved: Filter, now: int) -> tuple[Filter, Filter]:
    """The asked period and the one before it, each with all that is asked of the records.

    A period that has no end ends now.

    Args:
        saved: what a saved search asks for besides.

    Raises:
        InvalidQueryError: a bad value, no begin, or a time that would hold for both periods.
    """
    check_names(parameters, {**FILTER_PARAMETERS, **COMPARE_PARAMETERS, **ANSWER_PARAMETERS})
    given = dict(parameters)
    given["end_time"] = given.get("end_time") or "now"
    rest = {name: it for name, it in given.items() if name not in ("start_time", "end_time")}
    others = parse_filter(rest, now)
    _check_timeless("q", others)
    _check_timeless("saved", saved)
    others = CompositeFilter(others, saved)
    scope = scope_of(parse_filter(given, now))
    if scope.start <= MIN_INSTANT:
        raise InvalidQueryError("start_time", "must be given: it is where the new period begins")
    start, end = _before(given, now, scope.start, scope.end)
    asked = TimeRangeFilter(scope.start, scope.end)
    return CompositeFilter(others, asked), CompositeFilter(others, TimeRangeFilter(start, end))


def _check_timeless(name: str, filter: Filter) -> None:
    if _asks_for_time(filter):
        raise InvalidQueryError(
            name,
            "must not narrow the time, as it holds for both periods: give start_time, end_time",
        )


def _asks_for_time(filter: Filter) -> bool:
    """Also where it is excluded, or one of several choices, which narrows no scope."""
    match filter:
        case TimeRangeFilter():
            return True
        case CompositeFilter(filters) | AnyOfFilter(filters):
            return any(map(_asks_for_time, filters))
        case NotFilter(inner):
            return _asks_for_time(inner)
        case _:
            return False


def _before(given: Mapping[str, str], now: int, start: int, end: int) -> tuple[int, int]:
    length, begins = given.get("before"), given.get("before_start")
    if length and (begins or given.get("before_end")):
        raise InvalidQueryError("before", "cannot be given together with before_start, before_end")
    if given.get("before_end") and not begins:
        raise InvalidQueryError("before_end", "needs before_start")
    if begins:
        first = _instant("before_start", begins, now)
        last = _instant("before_end", given.get("before_end"), now, default=start - 1, is_end=True)
        if first > last:
            raise InvalidQueryError("before_start", "must not be later than the end of the period")
        return first, last
    try:
        nanos = Interval.of(length).nanos if length else end - start + 1
    except InvalidQueryError as error:
        raise InvalidQueryError("before", error.reason) from None
    return max(MIN_INSTANT, start - nanos), max(MIN_INSTANT, start - 1)


def _instant(
    field: str, text: str | None, now: int, *, default: int = 0, is_end: bool = False
) -> int:
    if not text:
        return default
    try:
        return times.parse_query_instant(text, now, is_end=is_end)
    except ValueError as error:
        raise InvalidQueryError(field, str(error)) from None


def compare(aggregations: Aggregations, asked: Filter, before: Filter) -> dict[str, Any]:
    """Counts of both periods, and the change between them."""
    new, old = aggregations.counts(asked), aggregations.counts(before)
    levels = [level.name for level in LogLevel]
    return {
        "before": dump_range(before),
        "total": _change(new.total, old.total),
        "by_level": {
            name: _change(new.by_level.get(name, 0), old.by_level.get(name, 0)) for name in levels
        },
        "by_service": {
            name: _change(new.by_service.get(name, 0), old.by_service.get(name, 0))
            for name in sorted(
                {*new.by_service, *old.by_service},
                key=lambda name: (-new.by_service.get(name, 0), name),
            )
        },
        "new": {"services": _only(new, old), "levels": _levels_only(new, old)},
        "gone": {"services": _only(old, new), "levels": _levels_only(old, new)},
        # With more services than are counted one by one, nobody knows of those that lack.
        "complete": not new.others and not old.others,
    }


def _only(one: Counts, other: Counts) -> list[str]:
    return sorted(set(one.by_service) - set(other.by_service)) if not other.others else []


def _levels_only(one: Counts, other: Counts) -> list[str]:
    return [level.name for level in LogLevel if one.by_level.get(level.name)
            and not other.by_level.get(level.name)]  # fmt: skip


def _change(now: int, before: int) -> dict[str, Any]:
    percent = round(100 * (now - before) / before, 2) if before else None
    return {"now": now, "before": before, "change_percent": percent}
