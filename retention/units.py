"""Durations, sizes and numbers as people write them in ``policies.yml``."""

import re

from app.domain.instants import NANOS_PER_SECOND

DURATION = "must be like 3d, 12h or 30m"
SIZE = "must be like 50gb or 512mb"
COUNT = "must be a whole number above 0, like 50000000 or 50_000_000"

_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}
_BYTES = {"kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40}
#: A century: what is to be kept longer has no end, and instants are 64-bit numbers.
_LONGEST = 36_525 * 86_400 * NANOS_PER_SECOND
_LARGEST = 2**60


def parse_duration(text: object) -> int:
    """Nanoseconds of ``3d``, ``12h``, ``30m``.

    Raises:
        ValueError: another form, nothing at all, or more than a century.
    """
    match = re.fullmatch(r"([0-9]{1,9})([dhm])", text) if isinstance(text, str) else None
    if match is None or not int(match[1]):
        raise ValueError(DURATION)
    nanos = int(match[1]) * _SECONDS[match[2]] * NANOS_PER_SECOND
    if nanos > _LONGEST:
        raise ValueError("must be at most 36525d; leave it out for no limit")
    return nanos


def parse_size(text: object) -> int:
    """Bytes of ``50gb``, ``512mb``; a kilobyte is 1,024 bytes, as Elasticsearch has it.

    Raises:
        ValueError: another form, nothing at all, or more than an exabyte.
    """
    match = re.fullmatch(r"([0-9]{1,15})([kmgt]b)", text.lower()) if isinstance(text, str) else None
    if match is None or not int(match[1]):
        raise ValueError(SIZE)
    size = int(match[1]) * _BYTES[match[2]]
    if size > _LARGEST:
        raise ValueError("must be at most 1048576tb")
    return size


def parse_count(value: object) -> int:
    """A number of documents.

    Raises:
        ValueError: no whole number above 0.
    """
    if isinstance(value, str) and re.fullmatch(r"[0-9][0-9_]{0,24}", value):
        value = int(value.replace("_", ""))
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise ValueError(COUNT)
    return value


def say_duration(nanos: int) -> str:
    """``nanos`` in words: the two largest units that say something, as in ``3 d 4 h``."""
    sign = "-" if nanos < 0 else ""
    seconds = abs(nanos) // NANOS_PER_SECOND
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    named = ((days, "d"), (hours, "h"), (minutes, "min"), (rest, "s"))
    parts = [f"{number} {unit}" for number, unit in named if number][:2]
    return sign + (" ".join(parts) or "0 s")


def say_size(count: int) -> str:
    """``count`` bytes in the largest unit of which there is one, as in ``1.5 GB``."""
    for unit in ("TB", "GB", "MB", "KB"):
        size = _BYTES[unit.lower()]
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
