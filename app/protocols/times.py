"""Points in time as requests spell them.

RFC 3339 with any offset and up to nine fraction digits (``T`` may be a space, an offset is required),
numbers since the epoch in seconds, milliseconds, microseconds or nanoseconds, told apart by their
size, and, for queries, ``now`` with a distance such as ``now-15m``.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from app.domain.instants import MAX_INSTANT, MIN_INSTANT, NANOS_PER_SECOND, datetime_to_ns
from app.protocols.quick_times import quick_instant

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?:([Zz])|([+-])(\d\d):?([0-5]\d))",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"\d{1,19}(?:\.\d{1,9})?", re.ASCII)
# In an address, `+` arrives as a space: `now 1h` is `now+1h`.
_RELATIVE = re.compile(
    r"now(?:\s*([ +-])\s*(\d{1,9})\s*(ms|s|m|h|d|w))?(?:/(ms|s|m|h|d|w))?", re.ASCII
)
_UNIT_NANOS = {
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3_600 * 10**9,
    "d": 86_400 * 10**9,
    "w": 604_800 * 10**9,
}

ALLOWED = "an RFC 3339 time with an offset (2026-11-24T10:00:00Z) or a number since the epoch"
ALLOWED_IN_QUERY = (
    f"{ALLOWED}, a day in UTC (2026-11-24), or a time relative to now (now-15m) or its day (now/d)"
)
# The first Monday: 1970 began on a Thursday.
_WEEKS_BEGIN = 4 * 86_400 * 10**9
_RANGE = "must lie between 1970-01-01 and 2262-04-11 (UTC)"


def parse_instant(value: str | float | Decimal) -> int:
    """Nanoseconds since the epoch of a record's timestamp.

    Raises:
        ValueError: the value is none of the forms, or out of range; the text says what is allowed.
    """
    if isinstance(value, str) and (instant := quick_instant(value)) is not None:
        return instant
    return parse_by_grammar(value)


def parse_by_grammar(value: str | float | Decimal) -> int:
    """What ``parse_instant`` answers, without its short cut."""
    if isinstance(value, bool):
        raise ValueError(f"must be {ALLOWED}")  # noqa: TRY004 - one error for all bad values
    if isinstance(value, str):
        text = value.strip()
        if match := _RFC3339.fullmatch(text):
            return _in_range(_from_rfc3339(match))
        if _NUMBER.fullmatch(text) is None:
            raise ValueError(f"must be {ALLOWED}")
        return _from_epoch(Decimal(text))
    return _from_epoch(Decimal(str(value)))


def parse_query_instant(text: str, now: int, *, is_end: bool = False) -> int:
    """Nanoseconds since the epoch of a time in a query; ``now`` is what ``now`` means in it.

    ``now/d`` is the first instant of the day in UTC, and the last one with ``is_end``; so is a day
    alone, such as ``2026-11-24``. A week begins on Monday.

    Raises:
        ValueError: the text is none of the forms, or out of range; the text says what is allowed.
    """
    match = _RELATIVE.fullmatch(text.strip())
    if match is None:
        try:
            return _absolute(text.strip(), is_end=is_end)
        except ValueError as error:
            raise ValueError(str(error).replace(ALLOWED, ALLOWED_IN_QUERY)) from None
    sign, number, unit, whole = match.groups()
    distance = int(number) * _UNIT_NANOS[unit] if sign else 0
    instant = now - distance if sign == "-" else now + distance
    if whole:
        length = _UNIT_NANOS[whole]
        instant -= (instant - (_WEEKS_BEGIN if whole == "w" else 0)) % length
        instant += length - 1 if is_end else 0
    return max(MIN_INSTANT, min(MAX_INSTANT, instant))


def _absolute(text: str, *, is_end: bool) -> int:
    if _DAY.fullmatch(text):
        first = parse_instant(f"{text}T00:00:00Z")
        return min(first + _UNIT_NANOS["d"] - 1, MAX_INSTANT) if is_end else first
    # In an address, the `+` of an offset arrives as a space.
    return parse_instant(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))


def _from_rfc3339(match: re.Match[str]) -> int:
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, zulu, sign, offset_hours, offset_minutes = match.groups()[6:]
    # A leap second (RFC 3339, 5.7) is the last instant of its minute here, as POSIX time has none.
    leap = second == 60
    try:
        zone: timezone = UTC
        if zulu is None:
            offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
            zone = timezone(offset if sign == "+" else -offset)
        moment = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=zone)
    except ValueError:
        raise ValueError(f"is no date or time of day that exists; it must be {ALLOWED}") from None
    nanos = int((fraction or "0").ljust(9, "0"))
    return datetime_to_ns(moment) + (NANOS_PER_SECOND - 1 if leap else nanos)


def _from_epoch(number: Decimal) -> int:
    if not number.is_finite():
        raise ValueError(f"must be {ALLOWED}")
    # Until the year 5138, seconds stay below 10^11; the same border, times a thousand, parts
    # milliseconds from microseconds and those from nanoseconds.
    for limit, nanos in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3)):
        if abs(number) < limit:
            return _in_range(int(number * nanos))
    return _in_range(int(number))


def _in_range(instant: int) -> int:
    if not MIN_INSTANT <= instant <= MAX_INSTANT:
        raise ValueError(_RANGE)
    return instant
