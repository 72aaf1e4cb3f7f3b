"""The fields that a query can name, and what a value of each means."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import NoReturn, get_args

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    EVERYTHING,
    AnyOfFilter,
    CorrelationIdFilter,
    ExistsFilter,
    FieldExistsFilter,
    FieldFilter,
    FieldPrefixFilter,
    FieldRangeFilter,
    Filter,
    IdFilter,
    KeywordFilter,
    LevelFilter,
    MinimumLevelFilter,
    NetworkFilter,
    OptionalField,
    ServiceFilter,
    ServicePrefixFilter,
    SpanIdFilter,
    TimeRangeFilter,
    TraceIdFilter,
    WordPrefixFilter,
)
from app.domain.levels import LogLevel
from app.domain.metadata import MAX_PATH_LENGTH, to_double
from app.domain.words import words
from app.protocols import levels, times
from app.protocols.query_grammar import Meaning
from app.protocols.query_values import QUOTE_IT, QuerySyntaxError, Span, Text, Value

METADATA = "metadata."
_EXISTS = "_exists_"
_REVERSED = "the range is empty: its low end is above its high end"
# As people write numbers, JSON or not: 5, +5, 5., .5. What begins with zeros is text, as of codes.
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ALWAYS = ("level", "service", "message", "timestamp", "id")
#: What the fields are called in an answer.
NAMES = (
    "level, service, message, timestamp, source_ip, correlation_id, trace_id, span_id, id, "
    "metadata.<key> and _exists_"
)


def words_of_message(value: Value) -> Filter:
    """Words or a phrase of the message; a ``*`` alone is every record."""
    text = _text(value, "a message has words, no order")
    if _is_star(text):
        return EVERYTHING
    if text.is_begun:
        if not words(text.text):
            _refuse(text, "a * needs letters or digits before it")
        try:
            return WordPrefixFilter(text.text)
        except InvalidQueryError as error:
            _refuse(text, f"a * {error.reason} before it".replace("must have", "needs"))
    if not words(text.text):
        _refuse(
            text, "there is no letter or digit in it, and nothing else of a message is searched"
        )
    return KeywordFilter(text.text)


def meaning_of(name: str, at: int, now: int) -> Meaning:
    """What values of the field ``name``, which stands at ``at``, mean; ``now`` is what ``now`` means.

    Raises:
        QuerySyntaxError: there is no such field.
    """
    if name.startswith(METADATA):
        return partial(_metadata, check_path(name.removeprefix(METADATA), at))
    if name == "timestamp":
        return partial(_time, now)
    if name in _MEANINGS:
        return _MEANINGS[name]
    raise QuerySyntaxError(at, f"{unknown_field(name)}; {QUOTE_IT}")


def unknown_field(name: str) -> str:
    """The reason for refusing a field that does not exist."""
    # Of others than these, who is used to mappings leaves out where it is.
    (meant,) = get_close_matches(name.lower(), _MEANINGS, n=1) or [f"{METADATA}{name[:60]}"]
    return f"there is no field {name[:60]} (did you mean {meant}?); there are {NAMES}"


def check_path(path: str, at: int = 0) -> str:
    """``path`` as one of metadata.

    Raises:
        QuerySyntaxError: no record has such a path.
    """
    if not path or len(path) > MAX_PATH_LENGTH or "\0" in path:
        raise QuerySyntaxError(
            at, f"a key of metadata has 1 to {MAX_PATH_LENGTH} characters, none of them NUL"
        )
    return path


def exists(field: str, at: int = 0) -> Filter:
    """The filter of records that have ``field``.

    Raises:
        QuerySyntaxError: there is no such field.
    """
    if field.startswith(METADATA):
        return FieldExistsFilter(check_path(field.removeprefix(METADATA), at))
    if field in _ALWAYS:
        return EVERYTHING
    for optional in get_args(OptionalField):
        if field == optional:
            return ExistsFilter(optional)
    raise QuerySyntaxError(at, unknown_field(field))


def _one_of_levels(wanted: list[LogLevel]) -> Filter:
    return LevelFilter(wanted[0]) if len(wanted) == 1 else AnyOfFilter(*map(LevelFilter, wanted))


def _level(value: Value) -> Filter:
    if isinstance(value, Text):
        return EVERYTHING if _is_star(value) else LevelFilter(_to_level(value))
    low = _to_level(value.low) if value.low else min(LogLevel)
    high = _to_level(value.high) if value.high else max(LogLevel)
    if low > high:
        raise QuerySyntaxError(value.at, _REVERSED)
    if value.high is None and value.includes_low:
        return MinimumLevelFilter(low)
    return _one_of_levels(
        [
            level
            for level in LogLevel
            if (low < level or (value.includes_low and low == level))
            and (level < high or (value.includes_high and level == high))
        ]
    )


def _to_level(text: Text) -> LogLevel:
    level = None if text.is_begun else levels.parse_level(text.text)
    if level is None:
        _refuse(text, f"a level must be one of {levels.ALLOWED}")
    return level


def _service(value: Value) -> Filter:
    text = _text(value, "services have no order")
    return ServicePrefixFilter(text.text) if text.is_begun else ServiceFilter(text.text)


def _time(now: int, value: Value) -> Filter:
    if isinstance(value, Text):
        if _is_star(value):
            return EVERYTHING
        return TimeRangeFilter(
            _to_instant(value, now, is_end=False), _to_instant(value, now, is_end=True)
        )
    start = end = None
    if value.low:
        start = _to_instant(value.low, now, is_end=not value.includes_low)
        start += 0 if value.includes_low else 1
    if value.high:
        end = _to_instant(value.high, now, is_end=value.includes_high)
        end -= 0 if value.includes_high else 1
    if start is not None and end is not None and start > end:
        raise QuerySyntaxError(value.at, "the range is empty: its start is later than its end")
    return TimeRangeFilter(start, end)


def _to_instant(text: Text, now: int, *, is_end: bool) -> int:
    try:
        return times.parse_query_instant(text.text + "*" * text.is_begun, now, is_end=is_end)
    except ValueError as error:
        _refuse(text, f"a time {error}")


def _address(value: Value) -> Filter:
    reason = "an address is compared with a CIDR block, as in source_ip:10.0.0.0/8"
    text = _text(value, reason)
    if _is_star(text):
        return ExistsFilter("source_ip")
    if text.is_begun:
        _refuse(text, reason)
    try:
        return NetworkFilter.of(text.text)
    except InvalidQueryError as error:
        _refuse(text, f"source_ip {error.reason}")


def _exactly(make: Callable[[str], Filter], field: str, value: Value) -> Filter:
    text = _text(value, f"{field} has no order")
    if _is_star(text):
        return exists(field)
    if text.is_begun:
        _refuse(text, f"{field} is compared as a whole; write \\* for the character")
    return make(text.text)


def _has(value: Value) -> Filter:
    text = _text(value, "the name of a field must follow")
    if text.is_begun:
        _refuse(text, "a name of a field takes no wildcard")
    return exists(text.text, text.at)


def _metadata(path: str, value: Value) -> Filter:
    if isinstance(value, Text):
        if value.is_begun:
            return FieldPrefixFilter(path, value.text) if value.text else FieldExistsFilter(path)
        return FieldFilter(path, "eq", value.text)
    return field_range(
        path,
        _bound(value.low),
        _bound(value.high),
        includes_low=value.includes_low,
        includes_high=value.includes_high,
        at=value.at,
    )


def field_range(
    path: str,
    low: float | str | None,
    high: float | str | None,
    *,
    includes_low: bool,
    includes_high: bool,
    at: int = 0,
) -> FieldRangeFilter:
    """The filter of records with a leaf of metadata at ``path`` between ``low`` and ``high``.

    Raises:
        QuerySyntaxError: they are of different kinds, or the lower one is not.
    """
    if low is not None and high is not None:
        if isinstance(low, str) and isinstance(high, str):
            is_reversed = low > high
        elif isinstance(low, str) or isinstance(high, str):
            raise QuerySyntaxError(at, "a range lies between two numbers or two texts")
        else:
            is_reversed = low > high
        if is_reversed:
            raise QuerySyntaxError(at, _REVERSED)
    return FieldRangeFilter(path, low, high, includes_low, includes_high)


def _bound(text: Text | None) -> float | str | None:
    if text is None:
        return None
    if text.is_begun:
        _refuse(text, "a bound takes no wildcard")
    if text.is_quoted:
        return text.text
    if _NUMBER.fullmatch(text.text) is None:
        return text.text
    number = to_double(float(text.text))
    if number is None:
        _refuse(text, "a number must lie within the range of a double, up to 1.8e308")
    return int(text.text) if text.text.lstrip("-").isdigit() else number


def _text(value: Value, reason: str) -> Text:
    if isinstance(value, Span):
        raise QuerySyntaxError(value.at, f"no range or comparison can stand here: {reason}")
    return value


def _is_star(text: Text) -> bool:
    return text.is_begun and not text.text


def _refuse(text: Text, reason: str) -> NoReturn:
    raise QuerySyntaxError(text.at, reason)


_MEANINGS: dict[str, Meaning] = {
    "level": _level,
    "service": _service,
    # Not the function itself: among values without a field others can be named, among these not.
    "message": partial(words_of_message),
    "timestamp": partial(_time, 0),
    "source_ip": _address,
    "correlation_id": partial(_exactly, CorrelationIdFilter, "correlation_id"),
    "trace_id": partial(_exactly, TraceIdFilter, "trace_id"),
    "span_id": partial(_exactly, SpanIdFilter, "span_id"),
    "id": partial(_exactly, IdFilter, "id"),
    _EXISTS: _has,
}
