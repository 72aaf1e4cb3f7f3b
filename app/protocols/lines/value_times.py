"""The time in a value that is known to be one, as in JSON."""

from typing import Any

from app.domain.instants import MAX_INSTANT, MIN_INSTANT, NANOS_PER_SECOND
from app.protocols.lines.context import Context
from app.protocols.times import parse_instant


def read_time(value: Any, context: Context) -> int | None:
    """Nanoseconds since the epoch, or None where ``value`` is no time.

    Understood are text in any shape of a stamp, numbers since the epoch of any unit, MongoDB's
    ``{"$date": ...}`` and log4j's ``{"epochSecond": ..., "nanoOfSecond": ...}``.
    """
    if isinstance(value, dict):
        if "$date" in value:
            return read_time(value["$date"], context)
        if "$numberLong" in value:
            return read_time(value["$numberLong"], context)
        seconds, nanos = value.get("epochSecond"), value.get("nanoOfSecond", 0)
        if type(seconds) is int and type(nanos) is int:
            instant = seconds * NANOS_PER_SECOND + nanos
            return instant if MIN_INSTANT <= instant <= MAX_INSTANT else None
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str):
        # A stamp may be the start of the text only; the rest of it would be lost.
        stamp = context.stamp(value.strip())
        if stamp is not None and stamp.start == 0 and stamp.end == len(value.strip()):
            return stamp.instant
        value = value[:64]
    elif value < 10**8:
        # Small numbers count something else, such as the seconds since the start.
        return None
    try:
        return parse_instant(value)
    except (ValueError, ArithmeticError):
        return None
