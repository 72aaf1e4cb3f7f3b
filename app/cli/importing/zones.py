"""The time zone that a user names."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?", re.ASCII)


def parse_zone(text: str) -> tzinfo:
    """The zone of ``Europe/Berlin``, ``UTC`` or ``+02:00``.

    Raises:
        ValueError: there is no such zone; the text says what is allowed.
    """
    name = text.strip()
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if match := _OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset < timedelta(hours=24):
            return timezone(-offset if sign == "-" else offset)
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(
            f"{text!r} is no time zone; it must look like Europe/Berlin, UTC or +02:00"
        ) from None
