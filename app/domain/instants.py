"""Points in time, to the nanosecond.

Python's ``datetime`` stops at microseconds while Elasticsearch's ``date_nanos`` and OpenTelemetry
keep nanoseconds, so inside Logfeed an instant is an integer: nanoseconds since 1970-01-01T00:00Z.
"""

from datetime import UTC, datetime, timedelta

NANOS_PER_MICROSECOND = 1_000
NANOS_PER_MILLISECOND = 1_000_000
NANOS_PER_SECOND = 1_000_000_000
NANOS_PER_DAY = 86_400 * NANOS_PER_SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: The range of Elasticsearch's ``date_nanos`` field: a signed 64-bit count, not before 1970.
MIN_INSTANT = 0
MAX_INSTANT = 2**63 - 1


def datetime_to_ns(moment: datetime, nanosecond: int = 0) -> int:
    """Nanoseconds since the epoch of an aware ``moment`` plus ``nanosecond`` (0 to 999)."""
    return (moment - EPOCH) // timedelta(microseconds=1) * NANOS_PER_MICROSECOND + nanosecond


def ns_to_datetime(instant: int) -> datetime:
    """The UTC datetime of ``instant``, cut to whole microseconds."""
    return EPOCH + timedelta(microseconds=instant // NANOS_PER_MICROSECOND)


def format_instant(instant: int) -> str:
    """RFC 3339 in UTC: milliseconds at least, microseconds or nanoseconds where they say more."""
    second = instant // NANOS_PER_SECOND
    nanos = instant - second * NANOS_PER_SECOND
    try:
        start = _known_seconds[second]
    except KeyError:
        start = _second_text(second)
    # To write a number with a 1 before it and cut that off pads it at less than a format's cost.
    if nanos % NANOS_PER_MICROSECOND:
        return f"{start}{str(NANOS_PER_SECOND + nanos)[1:]}Z"
    if nanos % NANOS_PER_MILLISECOND:
        return f"{start}{str(1_000_000 + nanos // NANOS_PER_MICROSECOND)[1:]}Z"
    return f"{start}{str(1_000 + nanos // NANOS_PER_MILLISECOND)[1:]}Z"


# The records of a batch share a few seconds and minutes; the calendar is asked once for each. Plain
# dictionaries: asking an `lru_cache` costs twice as much.
_known_seconds: dict[int, str] = {}
_known_minutes: dict[int, str] = {}
_MOST_KNOWN = 4_096


def _second_text(second: int) -> str:
    minute, rest = divmod(second, 60)
    start = _known_minutes.get(minute)
    if start is None:
        start = (EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:")
        _keep(_known_minutes, minute, start)
    text = f"{start}{rest:02d}."
    _keep(_known_seconds, second, text)
    return text


def _keep(known: dict[int, str], number: int, text: str) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[number] = text
