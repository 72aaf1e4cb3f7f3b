"""What is known of a file while its lines are read one after the other."""

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.protocols.lines.calendars import Calendar, DateOrder, Shape
from app.protocols.lines.stamps import SHAPES

#: A stamp further into the line is part of the message.
_FARTHEST_STAMP = 120
_LONGEST_STAMP = 48
#: Places of stamps in lines before that are tried first.
_MOST_HINTS = 3
_LOOKS_LIKE_A_TIME = re.compile(r"\d[:.]\d\d|\d{6}")
_MAY_START_A_STAMP = re.compile(
    r"(?<![\w.:/+-])(?:\d+[-:./]\d|\d{6}|[A-Z][a-z]{2}[a-z]*,? +\d)", re.ASCII
)
_REGEXES = [(shape, re.compile(shape.pattern, re.ASCII)) for shape in SHAPES]
#: klog and Chromium glue their stamp to other things; only their own layouts look for it.
_SEARCHES = [
    (shape, regex, re.compile(rf"(?<![\w.:/+-]){shape.pattern}", re.ASCII))
    for shape, regex in _REGEXES
    if shape.name not in ("klog", "chromium")
]


class Stamp(NamedTuple):
    """A date and time in a line: the instant, and where its text starts and ends."""

    instant: int
    start: int
    end: int


@dataclass(slots=True)
class Context:
    """The memory of one file.

    Attributes:
        columns: what the last ``#Fields:`` line of a W3C log announced.
    """

    calendar: Calendar
    columns: tuple[str, ...] = ()
    _hints: list[tuple[Shape, re.Pattern[str], int]] = field(default_factory=list)
    _line: str | None = None
    _stamp: Stamp | None = field(default=None)

    def stamp(self, line: str) -> Stamp | None:
        """The first stamp near the start of ``line``; the same line is read only once."""
        if line is not self._line:
            self._line = line
            self._stamp = self._hinted(line) or self._search(line)
        return self._stamp

    def _hinted(self, line: str) -> Stamp | None:
        """A stamp of a shape and in a place that lines before had."""
        for hint in self._hints:
            shape, regex, start = hint
            match = regex.match(line, start)
            if match is None or (start and not _is_first(line, start)):
                continue
            stamp = self._read(shape, match)
            if stamp is not None:
                return stamp
        return None

    def _search(self, line: str) -> Stamp | None:
        if _LOOKS_LIKE_A_TIME.search(line, 0, _FARTHEST_STAMP) is None:
            return None
        found: list[tuple[int, Shape, re.Pattern[str], re.Match[str]]] = []
        for shape, regex, search in _SEARCHES:
            match = search.search(line, 0, _FARTHEST_STAMP + _LONGEST_STAMP)
            if match is not None and match.start() <= _FARTHEST_STAMP:
                found.append((match.start(), shape, regex, match))
        refused = 0
        for start, shape, regex, match in sorted(found, key=lambda each: each[0]):
            if start < refused:
                # Part of a date that does not exist is no stamp either.
                continue
            stamp = self._read(shape, match)
            if stamp is None:
                refused = match.end()
            else:
                self._hints = [(shape, regex, start), *self._hints[: _MOST_HINTS - 1]]
                return stamp
        return None

    def _read(self, shape: Shape, match: re.Match[str]) -> Stamp | None:
        base, frac, ms, zone = match.group("base", "frac", "ms", "zone")
        try:
            instant = self.calendar.instant(shape, base, frac or (ms and ms.zfill(3)), zone)
        except ValueError:
            return None
        return Stamp(instant, match.start(), match.end())

    def state(self) -> dict[str, Any]:
        """What a later run needs to go on in the middle of the file, as JSON values."""
        calendar = self.calendar
        return {
            "year": calendar.year,
            "day": calendar.day,
            "last": calendar.last,
            "order": calendar.order,
            "columns": list(self.columns),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what ``state`` gave."""
        order: DateOrder = state["order"]
        self.calendar.year, self.calendar.day = state["year"], state["day"]
        self.calendar.last, self.calendar.order = state["last"], order
        self.columns = tuple(state["columns"])


def date_order(lines: list[str]) -> DateOrder:
    """The order of the numbers in dates such as 17/06/09, as far as the lines of a file tell.

    Where they do not tell: year first for two-digit years (log4j's ``yy/MM/dd``), day first where
    the numbers are joined by dots or hyphens, else month first.
    """
    shape = next(shape for shape in SHAPES if shape.name == "slashes")
    search = re.compile(rf"(?<![\w.:/+-]){shape.pattern}", re.ASCII)
    dates = [
        re.findall(r"\d+|[/.-]|[AP]M", match["base"].upper())
        for line in lines
        if (match := search.search(line, 0, _FARTHEST_STAMP))
    ]
    if not dates:
        return "mdy"
    rows = [[int(date[0]), int(date[2]), int(date[4])] for date in dates]
    first, second, third = (max(row[place] for row in rows) for place in range(3))
    orders: list[DateOrder] = ["mdy", "dmy"] if dates[0][1] == "/" else ["dmy", "mdy"]
    has_short_year = len(dates[0][4]) == 2
    if has_short_year and dates[0][-1] not in ("AM", "PM"):
        orders.insert(0, "ymd")
    fits: dict[DateOrder, bool] = {
        "ymd": second <= 12 and third <= 31 and has_short_year,
        "mdy": first <= 12 and second <= 31,
        "dmy": first <= 31 and second <= 12,
    }
    return next((order for order in orders if fits[order]), orders[0])


def _is_first(line: str, start: int) -> bool:
    """Whether a stamp at ``start`` stands for itself, with no other before it."""
    return (
        not (line[start - 1].isalnum() or line[start - 1] in "_.:/+-")
        and _MAY_START_A_STAMP.search(line, 0, start) is None
    )
