"""Lengths of the buckets of a histogram."""

import re
from dataclasses import dataclass

from app.domain.errors import InvalidQueryError
from app.domain.instants import NANOS_PER_MILLISECOND

#: Most buckets of a histogram.
MAX_BUCKETS = 1_000
#: How many come by themselves, more or less.
USUAL_BUCKETS = 60

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_TEXT = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)", re.ASCII)
#: Lengths that people know from clocks and calendars.
_STEPS = tuple(
    number * _UNITS[unit]
    for unit, numbers in {
        "ms": (1, 2, 5, 10, 20, 50, 100, 200, 500),
        "s": (1, 2, 5, 10, 15, 30),
        "m": (1, 2, 5, 10, 15, 30),
        "h": (1, 2, 3, 6, 12),
        "d": (1, 2, 5, 10, 30, 90, 365, 1_825),
    }.items()
    for number in numbers
)


@dataclass(frozen=True, order=True)
class Interval:
    """A fixed length of time; buckets begin at its multiples since the epoch, in UTC."""

    milliseconds: int

    @classmethod
    def of(cls, text: str) -> "Interval":
        """The interval that ``text`` spells, such as ``30s``.

        Raises:
            InvalidQueryError: it spells none.
        """
        match = _TEXT.fullmatch(text.strip())
        milliseconds = int(match[1]) * _UNITS[match[2]] if match else 0
        if not 0 < milliseconds <= 3_650 * _UNITS["d"]:
            reason = "must be a length from 1ms to 3650d such as 30s, 5m, 1h or 1d"
            raise InvalidQueryError("interval", reason)
        return cls(milliseconds)

    @classmethod
    def fitting(cls, first: int, last: int) -> "Interval":
        """The one by which a span, in nanoseconds, has about ``USUAL_BUCKETS`` buckets."""
        span = (last - first) / NANOS_PER_MILLISECOND

        def distance(step: int) -> float:
            number = max(span / step, 1.0)
            return max(number / USUAL_BUCKETS, USUAL_BUCKETS / number)

        return cls(min(_STEPS, key=distance))

    @property
    def nanos(self) -> int:
        """Its length in nanoseconds."""
        return self.milliseconds * NANOS_PER_MILLISECOND

    def buckets(self, first: int, last: int) -> range:
        """The starts of the buckets that a span meets.

        Raises:
            InvalidQueryError: there are more than ``MAX_BUCKETS``.
        """
        starts = range(first // self.nanos * self.nanos, last + 1, self.nanos)
        if len(starts) > MAX_BUCKETS:
            least = (last - first) // (MAX_BUCKETS - 1) // NANOS_PER_MILLISECOND + 1
            reason = f"gives {len(starts)} buckets, at most {MAX_BUCKETS} are allowed"
            raise InvalidQueryError("interval", f"{reason}: {least}ms or more for this range")
        return starts

    def __str__(self) -> str:
        for unit in ("d", "h", "m", "s"):
            number, rest = divmod(self.milliseconds, _UNITS[unit])
            if not rest:
                return f"{number}{unit}"
        return f"{self.milliseconds}ms"
