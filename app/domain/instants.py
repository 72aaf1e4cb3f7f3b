"""Points in time, to the nanosecond.

Python's ``datetime`` stops at microseconds while Elasticsearch's ``date_nanos`` and OpenTelemetry
keep nanoseconds, so inside Logfeed an instant is an integer: nanoseconds since 1970-01-01T00:00Z.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

NANOS_PER_MICROSECOND = 1_000
NANOS_PER_MILLISECOND = 1_000_000
NANOS_PER_SECOND = 1_000_000_000
_NANOS_PER_MINUTE = 60 * NANOS_PER_SECOND
_NANOS_OF_THREE_DIGITS = 100 * NANOS_PER_SECOND

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
    minute, rest = divmod(instant, _NANOS_PER_MINUTE)
    # One number to text, cut at its places (1SSfffffffff), costs half of what two formatted ones do.
    digits = str(_NANOS_OF_THREE_DIGITS + rest)
    if rest % NANOS_PER_MILLISECOND == 0:
        return f"{_minute_text(minute)}{digits[1:3]}.{digits[3:6]}Z"
    if rest % NANOS_PER_MICROSECOND == 0:
        return f"{_minute_text(minute)}{digits[1:3]}.{digits[3:9]}Z"
    return f"{_minute_text(minute)}{digits[1:3]}.{digits[3:]}Z"


# The records of a batch share a few minutes; the calendar is asked once for each.
@lru_cache(maxsize=4_096)
def _minute_text(minute: int) -> str:
    return (EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:")
