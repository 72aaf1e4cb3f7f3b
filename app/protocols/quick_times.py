"""The usual spelling of a time, read without a regular expression.

A time such as ``2026-11-24T10:00:00.123Z`` is cut at its fixed places, and each piece is looked up: the
records of a batch share a few seconds, minutes and offsets. What is not found goes through ``times``,
which says what a time is.
"""

import re
from datetime import UTC, datetime

from app.domain.instants import NANOS_PER_SECOND, datetime_to_ns

_MINUTE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
#: The years in which neither an offset nor a fraction leads out of the range of instants.
_YEARS = range(1971, 2262)
_SECONDS = {f":{second:02d}": second * NANOS_PER_SECOND for second in range(60)}
_OFFSETS = {
    f"{sign}{hours:02d}:{minutes:02d}": way * (hours * 60 + minutes) * 60 * NANOS_PER_SECOND
    for sign, way in (("+", -1), ("-", 1))
    for hours in range(15)
    for minutes in (0, 15, 30, 45)
}
#: Nanoseconds in the last digit of a fraction of so many digits.
_FRACTION_UNITS = tuple(10 ** (9 - digits) for digits in range(10))
_LENGTHS_WITHOUT_FRACTION = (20, 25)  # with Z, with an offset
#: Instants of the seconds and minutes that were read last. Plain dictionaries: asking an `lru_cache`
#: costs twice as much.
_known_seconds: dict[str, int] = {}
_known_minutes: dict[str, int] = {}
_MOST_KNOWN = 4_096


def quick_instant(text: str) -> int | None:
    """Nanoseconds since the epoch; None for what is unusual, wrong or near the ends of the range."""
    try:
        instant = _known_seconds[text[:19]]
    except KeyError:
        second = _second(text[:19])
        if second is None:
            return None
        instant = second
    # No piece overlaps another: an offset starts with a sign, which the seconds before it do not hold.
    if text[-1] == "Z":
        digits = text[20:-1]
    else:
        offset = _OFFSETS.get(text[-6:])
        if offset is None:
            return None
        instant += offset
        digits = text[20:-6]
    if digits:
        # Digits of other scripts are digits too, so ASCII is asked for as well.
        if text[19] != "." or len(digits) > 9 or not (digits.isdigit() and text.isascii()):
            return None
        instant += int(digits) * _FRACTION_UNITS[len(digits)]
    elif len(text) not in _LENGTHS_WITHOUT_FRACTION:
        return None
    return instant


def _second(text: str) -> int | None:
    start, second = _known_minutes.get(text[:16]), _SECONDS.get(text[16:])
    if start is None:
        start = _minute(text[:16])
    if start is None or second is None:
        return None
    _keep(_known_minutes, text[:16], start)
    _keep(_known_seconds, text, start + second)
    return start + second


def _minute(text: str) -> int | None:
    match = _MINUTE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part) for part in match.groups())
    try:
        moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
    return datetime_to_ns(moment) if year in _YEARS else None


def _keep(known: dict[str, int], text: str, instant: int) -> None:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[text] = instant
