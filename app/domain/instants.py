"""Points in time, to the nanosecond.

Python's ``datetime`` stops at microseconds while Elasticsearch's ``date_nanos`` and OpenTelemetry
keep nanoseconds, so inside Logfeed an instant is an integer: nanoseconds since 1970-01-01T00:00Z.
"""

from datetime import UTC, datetime, timedelta

NANOS_PER_MICROSECOND = 1_000
NANOS_PER_MILLISECOND = 1_000_000
NANOS_PER_SECOND = 1_000_000_000

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
    seconds, fraction = divmod(instant, NANOS_PER_SECOND)
    whole = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    if fraction % NANOS_PER_MILLISECOND == 0:
        return f"{whole}.{fraction // NANOS_PER_MILLISECOND:03d}Z"
    if fraction % NANOS_PER_MICROSECOND == 0:
        return f"{whole}.{fraction // NANOS_PER_MICROSECOND:06d}Z"
    return f"{whole}.{fraction:09d}Z"
