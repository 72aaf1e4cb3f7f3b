"""The JSON that Logfeed answers with, and its query parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    CompositeFilter,
    CorrelationIdFilter,
    Filter,
    KeywordFilter,
    LevelFilter,
    MinimumLevelFilter,
    NetworkFilter,
    ServiceFilter,
    TimeRangeFilter,
    TraceIdFilter,
)
from app.domain.instants import datetime_to_ns, format_instant
from app.domain.levels import LogLevel
from app.domain.metadata import thaw
from app.domain.outcomes import Outcome, Status
from app.domain.query import DEFAULT_LIMIT, MAX_LIMIT, Query, Reach, Stats
from app.domain.words import words
from app.protocols import levels, times
from app.protocols.query_bounds import check_bounds
from app.protocols.query_language import parse_text

#: Query parameters that narrow down, with what they mean, for the API's document.
FILTER_PARAMETERS = {
    "service": "Exactly this service; `service_name` is understood as well.",
    "level": f"Exactly this level: {levels.ALLOWED}.",
    "min_level": "This level or a more severe one.",
    "start_time": f"Not before: {times.ALLOWED_IN_QUERY}.",
    "end_time": f"Not after: {times.ALLOWED_IN_QUERY}.",
    "keyword": "Words of the message, next to each other, in any case.",
    "correlation_id": "Exactly this correlation id.",
    "trace_id": "Exactly this trace id.",
    "source_ip": "An address or a CIDR block such as 10.0.0.0/8.",
    "q": 'A query such as `level:ERROR service:(payment OR user-*) "connection refused"`.',
}
#: Query parameters that choose the page.
PAGE_PARAMETERS = {
    "limit": f"Records a page, 1 to {MAX_LIMIT}; default {DEFAULT_LIMIT}. Where more than a hundred "
    "have 32 MiB and more, a page ends before; only a `next_cursor` of null says that nothing follows.",
    "page": "Number of the page, from 1. It is never cut short; one that is too large is refused.",
    "offset": "Records to skip, instead of page; likewise.",
    "order": "`desc`, the newest first (default), or `asc`.",
    "cursor": "The `next_cursor` of the page before; goes any number of records deep.",
}
EXPLAIN_PARAMETER = {"explain": "`true`: say what was asked of Elasticsearch, and what it took."}
_ALIASES = {"service_name": "service"}


def parse_filter(parameters: Mapping[str, str], now: int) -> Filter:
    """The filter that the query parameters spell; ``now`` is what relative times count from.

    Raises:
        InvalidQueryError: a bad value, a reversed range.
    """
    parts: list[Filter] = []
    given = _without_aliases(parameters)
    if text := given.get("q"):
        parts.append(parse_text(text, now))
    if service := given.get("service"):
        parts.append(ServiceFilter(service))
    if level := given.get("level"):
        parts.append(LevelFilter(_level("level", level)))
    if level := given.get("min_level"):
        parts.append(MinimumLevelFilter(_level("min_level", level)))
    start = _instant("start_time", given.get("start_time"), now)
    end = _instant("end_time", given.get("end_time"), now)
    if start is not None and end is not None and start > end:
        raise InvalidQueryError("start_time", "must not be later than end_time")
    if start is not None or end is not None:
        parts.append(TimeRangeFilter(start, end))
    if keyword := given.get("keyword"):
        if not words(keyword):
            raise InvalidQueryError("keyword", "must hold at least one letter or digit")
        if len(keyword) > 1_024:
            raise InvalidQueryError("keyword", "must have at most 1024 characters")
        parts.append(KeywordFilter(keyword))
        check_bounds(parts[-1], "keyword")
    if correlation_id := given.get("correlation_id"):
        parts.append(CorrelationIdFilter(correlation_id))
    if trace_id := given.get("trace_id"):
        parts.append(TraceIdFilter(trace_id))
    if network := given.get("source_ip"):
        parts.append(NetworkFilter.of(network))
    return CompositeFilter(*parts)


def parse_query(parameters: Mapping[str, str], now: int) -> Query:
    """The query that the parameters of a search spell.

    Raises:
        InvalidQueryError: a bad value, a limit or a page beyond what is allowed, an unknown name.
    """
    check_names(parameters, FILTER_PARAMETERS | PAGE_PARAMETERS | EXPLAIN_PARAMETER)
    limit = whole_number(parameters, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    if "page" in parameters and "offset" in parameters:
        raise InvalidQueryError("page", "cannot be given together with offset")
    for name in ("page", "offset"):
        if name in parameters and parameters.get("cursor"):
            raise InvalidQueryError(name, "cannot be given together with cursor")
    page = whole_number(parameters, "page", 1, 1, 10**9)
    offset = whole_number(parameters, "offset", (page - 1) * limit, 0, 10**12)
    order = parameters.get("order", "desc")
    if order not in ("asc", "desc"):
        raise InvalidQueryError("order", "must be asc or desc")
    try:
        return Query(
            parse_filter(parameters, now),
            limit,
            offset,
            newest_first=order == "desc",
            is_numbered="page" in parameters or "offset" in parameters,
        )
    except InvalidQueryError as error:
        field = "page" if error.field == "offset" and "page" in parameters else error.field
        raise InvalidQueryError(field, error.reason) from None


def check_names(parameters: Mapping[str, str], allowed: Mapping[str, str]) -> None:
    """Refuse a parameter that nobody would read.

    Raises:
        InvalidQueryError: it names the parameter and those that are allowed.
    """
    for name in parameters:
        if _ALIASES.get(name, name) not in allowed:
            raise InvalidQueryError(name, f"is not known; allowed are {', '.join(allowed)}")


def dump_entry(entry: LogEntry) -> dict[str, Any]:
    """A record as the API shows it; what it does not have is null."""
    return {
        "id": entry.id,
        "timestamp": format_instant(entry.timestamp_ns),
        "level": entry.level.name,
        "service": entry.service,
        "message": entry.message,
        "metadata": thaw(entry.metadata),
        "source_ip": entry.given_source_ip,
        "correlation_id": entry.correlation_id,
        "trace_id": entry.trace_id,
        "span_id": entry.span_id,
    }


def dump_stats(stats: Stats) -> dict[str, Any]:
    """The answer to a question for statistics."""
    first, last = stats.first, stats.last
    return {
        "total": stats.total,
        "by_level": {level.name: stats.by_level.get(level, 0) for level in LogLevel},
        "by_service": dict(stats.by_service),
        "first": format_instant(datetime_to_ns(first)) if first else None,
        "last": format_instant(datetime_to_ns(last)) if last else None,
        **_dump_reach(stats.reach),
    }


def _dump_reach(reach: Reach | None) -> dict[str, Any]:
    return {"indices": {"asked": reach.asked, "skipped": reach.skipped}} if reach else {}


def dump_outcomes(outcomes: Sequence[Outcome], counts: Mapping[Status, int]) -> dict[str, Any]:
    """The answer to a batch: one result a record, in order, and how many there are of each kind."""
    return {
        "counts": {status.value: counts.get(status, 0) for status in Status},
        "results": [
            # The usual one without a call, and with the status as it is, which is a text.
            {"index": index, "status": outcome.status, "log_id": outcome.id}
            if outcome.reason is None and outcome.rule is None
            else _dump_outcome(index, outcome)
            for index, outcome in enumerate(outcomes)
        ],
    }


def _dump_outcome(index: int, outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {"index": index, "status": outcome.status}
    if outcome.id is not None:
        result["log_id"] = outcome.id
    for name in ("field", "reason", "rule"):
        if (value := getattr(outcome, name)) is not None:
            result[name] = value
    return result


def _without_aliases(parameters: Mapping[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in parameters.items():
        plain = _ALIASES.get(name, name)
        if given.setdefault(plain, value) != value:
            raise InvalidQueryError(name, f"differs from {plain}; send one of the two")
    return given


def _level(field: str, text: str) -> LogLevel:
    level = levels.parse_level(text)
    if level is None:
        raise InvalidQueryError(field, f"must be one of {levels.ALLOWED}")
    return level


def _instant(field: str, text: str | None, now: int) -> int | None:
    if not text:
        return None
    try:
        return times.parse_query_instant(text, now, is_end=field == "end_time")
    except ValueError as error:
        raise InvalidQueryError(field, str(error)) from None


def whole_number(
    parameters: Mapping[str, str], field: str, default: int, least: int, most: int
) -> int:
    """The number from ``least`` to ``most`` that a parameter spells; ``default`` where it is empty.

    Raises:
        InvalidQueryError: it spells none.
    """
    text = parameters.get(field, "").strip()
    if not text:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) < 16
    if not is_number or not least <= int(text) <= most:
        raise InvalidQueryError(field, f"must be a whole number from {least} to {most}")
    return int(text)
