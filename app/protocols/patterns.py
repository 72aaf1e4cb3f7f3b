"""Patterns as the API spells them: parameters and the answer."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import InvalidQueryError
from app.domain.instants import format_instant
from app.domain.levels import LogLevel
from app.domain.patterns import (
    DEFAULT_PATTERNS,
    DEFAULT_SAMPLE,
    MAX_PATTERNS,
    MAX_SAMPLE,
    Pattern,
    PatternQuery,
    PatternReport,
)
from app.protocols import times
from app.protocols.problems import problem
from app.protocols.rest import FILTER_PARAMETERS, check_names, parse_filter, whole_number

#: Query parameters beside those that narrow down, with what they mean, for the API's document.
PATTERN_PARAMETERS = {
    "sample": f"Most records to read, 1 to {MAX_SAMPLE}; default {DEFAULT_SAMPLE}, or as the operator "
    "has set. Of more, a sample spread over all of them is read, and counts are estimates.",
    "limit": f"Patterns to answer, those of the most records first, 1 to {MAX_PATTERNS}; default "
    f"{DEFAULT_PATTERNS}.",
    "new_since": "Only patterns of which no matching record is older than this: "
    f"{times.ALLOWED_IN_QUERY}.",
}

#: What is said where the time ran out.
OUT_OF_TIME = (
    "the time ran out before the sample was read, and what rests on it may lack patterns: narrow the "
    "filters or ask for a smaller sample"
)


def parse_pattern_query(
    parameters: Mapping[str, str], now: int, default_sample: int = DEFAULT_SAMPLE
) -> PatternQuery:
    """The question that the parameters spell.

    Raises:
        InvalidQueryError: a bad value, an unknown name.
    """
    check_names(parameters, {**FILTER_PARAMETERS, **PATTERN_PARAMETERS})
    return PatternQuery(
        filter=parse_filter(parameters, now),
        sample=whole_number(parameters, "sample", default_sample, 1, MAX_SAMPLE),
        limit=whole_number(parameters, "limit", DEFAULT_PATTERNS, 1, MAX_PATTERNS),
        new_since=_instant(parameters.get("new_since"), now),
    )


def dump_patterns(report: PatternReport, *, is_about_new: bool) -> dict[str, Any]:
    """The answer to a question for patterns, of which some may be missing where it has a ``status``.

    Args:
        is_about_new: new ones were asked for.
    """
    body = {
        "patterns": [_dump(pattern, is_about_new=is_about_new) for pattern in report.patterns],
        "count": len(report.patterns),
        "found": report.found,
        "sampled": report.is_sampled,
        "timed_out": report.ran_out_of_time,
        "records": {"matching": report.total, "read": report.read},
    }
    if report.ran_out_of_time:
        body |= problem(504, OUT_OF_TIME, timed_out=True, is_partial=True)
    return body


def _dump(pattern: Pattern, *, is_about_new: bool) -> dict[str, Any]:
    dumped = {
        "pattern": pattern.text,
        "count": pattern.count,
        "share": round(pattern.share, 6),
        "first_seen": format_instant(pattern.first),
        "last_seen": format_instant(pattern.last),
        "levels": {level.name: pattern.levels.get(level, 0) for level in LogLevel},
        "example": {"id": pattern.example_id, "message": pattern.example},
    }
    return dumped | {"is_certain": pattern.is_certain} if is_about_new else dumped


def _instant(text: str | None, now: int) -> int | None:
    if not text:
        return None
    try:
        return times.parse_query_instant(text, now)
    except ValueError as error:
        raise InvalidQueryError("new_since", str(error)) from None
