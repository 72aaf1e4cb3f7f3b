"""From the date and time that a line spells to an instant.

A line often leaves something out: the time zone, the year (RFC 3164, logcat, klog), the whole date,
or the order of day and month. A ``Calendar`` holds what one file is known to mean by that, and
follows the file: a month that jumps back starts the next year, an hour that jumps back the next day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from app.domain.instants import MAX_INSTANT, MIN_INSTANT, NANOS_PER_SECOND

#: What a stamp leaves out.
Missing = Literal["", "year", "date"]
#: The order of the three numbers of a date such as 01/02/2024.
DateOrder = Literal["ymd", "dmy", "mdy"]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY = 86_400
_DAY_NANOS = _DAY * NANOS_PER_SECOND
#: (a jump back of more than this starts the next year or day, one ahead of more than this is a
#: straggler of the last one), in nanoseconds.
_JUMPS = {
    "year": (35 * _DAY_NANOS, 330 * _DAY_NANOS),
    "date": (_DAY_NANOS // 4, _DAY_NANOS * 3 // 4),
}
#: A clock that jumps back by more than this, in nanoseconds, within an hour that the wall clock
#: shows twice, has been put back.
_PUT_BACK = 20 * 60 * NANOS_PER_SECOND
_MEMO_SIZE = 4_096

#: Zone abbreviations that mean one thing in logs (RFC 5322, section 4.3, and Central Europe's);
#: others are read as the zone of the file.
ZONE_HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to spell a date and time.

    Attributes:
        pattern: regular expression with the groups base, frac (digits of a fraction), ms (a whole
            number of milliseconds) and zone.
        read: seconds since 1970-01-01T00:00 on the file's own clock, of the base.
    """

    name: str
    pattern: str
    read: "Callable[[str, Calendar], int]"
    missing: Missing = ""


class Calendar:
    """What the stamps of one file mean.

    Attributes:
        zone: of stamps without one.
        latest: no stamp is much later than this instant; the year or the day of the first stamp
            without one is guessed from it.
        year: of the next stamp without one; None until the first of them.
        day: ordinal (``date.toordinal``) of the next stamp without a date; None until the first.
        order: of the numbers in an ambiguous date.
        last: the instant before the next one, which tells a jump.
    """

    def __init__(
        self,
        zone: tzinfo = UTC,
        *,
        latest: int = MAX_INSTANT,
        year: int | None = None,
        day: int | None = None,
        order: DateOrder = "mdy",
    ) -> None:
        self.zone = zone
        self.latest = latest
        self.year = year
        self.day = day
        self.order: DateOrder = order
        self.last: int | None = None
        self._memo: dict[str, int] = {}

    def instant(self, shape: Shape, base: str, frac: str | None, zone: str | None) -> int:
        """Nanoseconds since the epoch of a stamp, to the second, plus ``frac``.

        Raises:
            ValueError: there is no such date or time, or it cannot be stored.
        """
        key = f"{base}\0{zone}" if zone else base
        instant = self._memo.get(key)
        if instant is None:
            if shape.missing:
                self._begin(shape, base, zone)
            instant, is_certain = self._compute(shape, base, zone)
            if is_certain:
                if len(self._memo) >= _MEMO_SIZE:
                    self._memo.clear()
                self._memo[key] = instant
        if shape.missing:
            instant = self._follow(shape, base, zone, instant)
        else:
            self.last = instant
        if frac:
            instant += int(frac) if len(frac) == 9 else int(frac.ljust(9, "0")[:9])
        if not MIN_INSTANT <= instant <= MAX_INSTANT:
            raise ValueError("out of range")
        return instant

    def _begin(self, shape: Shape, base: str, zone: str | None) -> None:
        """Guess the year, or the day, of the first stamp without one: the last that fits."""
        if shape.missing == "year" and self.year is None:
            latest = datetime.fromtimestamp(self.latest // NANOS_PER_SECOND, UTC).year
            # The 29th of February needs a leap year, of which there is one in any eight.
            for year in range(min(latest + 1, 2262), latest - 9, -1):
                self.year = year
                try:
                    if self._compute(shape, base, zone)[0] <= self.latest + _DAY_NANOS:
                        return
                except ValueError:
                    continue
            self.year = None
            raise ValueError("no such day in any year")
        if shape.missing == "date" and self.day is None:
            self.day = _EPOCH_DAY + self.latest // _DAY_NANOS + 1
            while self._compute(shape, base, zone)[0] > self.latest + _DAY_NANOS // 24:
                self.day -= 1

    def _compute(self, shape: Shape, base: str, zone: str | None) -> tuple[int, bool]:
        """The instant, and whether it is the same wherever in the file it stands."""
        seconds = shape.read(base, self)
        offset, later_offset = self._offsets(zone, seconds)
        instant = (seconds - offset) * NANOS_PER_SECOND
        if later_offset >= offset:
            return instant, True
        # The wall clock shows this time twice: the second time, if the file was further already.
        if self.last is not None:
            before = datetime.fromtimestamp(self.last // NANOS_PER_SECOND, self.zone)
            if before.fold or self.last > instant + _PUT_BACK:
                instant = (seconds - later_offset) * NANOS_PER_SECOND
        return instant, False

    def _offsets(self, zone: str | None, seconds: int) -> tuple[int, int]:
        """Seconds ahead of UTC, for the first and the second time that the clock shows this."""
        if zone is not None:
            name = zone.strip()
            if name[3:4] in ("+", "-"):
                name = name[3:]
            if name[0] in "+-":
                digits = name[1:].replace(":", "").ljust(4, "0")
                offset = int(digits[:2]) * 3_600 + int(digits[2:4]) * 60
                return (-offset, -offset) if name[0] == "-" else (offset, offset)
            hours = ZONE_HOURS.get(name.upper())
            if hours is not None:
                return hours * 3_600, hours * 3_600
        if self.zone is UTC:
            return 0, 0
        local = datetime(1970, 1, 1, tzinfo=self.zone) + timedelta(seconds=seconds)
        first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
        if first is None or second is None:
            return 0, 0
        return int(first.total_seconds()), int(second.total_seconds())

    def _follow(self, shape: Shape, base: str, zone: str | None, instant: int) -> int:
        last = self.last
        if last is not None:
            back, ahead = _JUMPS[shape.missing]
            if instant < last - back:
                self._advance(shape.missing, 1)
                instant, _ = self._compute(shape, base, zone)
            elif instant > last + ahead:
                self._advance(shape.missing, -1)
                try:
                    return self._compute(shape, base, zone)[0]
                finally:
                    self._advance(shape.missing, 1)
        self.last = instant
        return instant

    def _advance(self, missing: Missing, step: int) -> None:
        self._memo.clear()
        if missing == "year" and self.year is not None:
            self.year += step
        elif self.day is not None:
            self.day += step


def seconds_of(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Seconds since 1970-01-01T00:00 of the same clock.

    Raises:
        ValueError: there is no such date or time; a leap second is allowed.
    """
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no time of day")
    days = date(year, month, day).toordinal() - _EPOCH_DAY
    return days * _DAY + hour * 3_600 + minute * 60 + second


def full_year(year: int) -> int:
    """The year that two digits mean: POSIX takes 69 to 99 as of the last century."""
    if year >= 100:
        return year
    return year + (1900 if year >= 69 else 2000)
