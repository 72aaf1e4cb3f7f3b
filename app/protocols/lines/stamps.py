"""The shapes in which logs spell a date and time."""

import re

from app.protocols.lines.calendars import ZONE_HOURS, Calendar, Shape, full_year, seconds_of

_EPOCH_DAY = 719_163

MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
_MONTH = (
    r"(?:[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec"
    r"|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[a-z]{0,6}"
)
_TIME = r"\d{1,2}:\d\d:\d\d"
_NUMBERS = re.compile(r"\d+", re.ASCII)
_WORDS = re.compile(r"\d+|[A-Za-z]+", re.ASCII)
_HALF = r"(?: ?[AaPp][Mm](?![a-z]))?"
_DOW = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|MON|TUE|WED|THU|FRI|SAT|SUN)[a-z]{0,6}"

_FRACTION = r"(?:[.,](?P<frac>\d{1,9})\d*|:(?P<ms>\d{1,3})(?![\d:]))?"
_ZONE_NAMES = "|".join(ZONE_HOURS)
_ZONE = (
    r"(?P<zone>[+-]\d\d(?::?\d\d)?(?![\w.-]|:\w)| [+-]\d\d:?\d\d(?![\w.-]|:\w)"
    rf"| ?(?:GMT|UTC)[+-]\d\d:?\d\d(?!\d)| ?(?:{_ZONE_NAMES}|z)(?![\w-]))?"
)
#: A group that never matches, for shapes that have it elsewhere or not at all.
_NO_MS = r"(?P<ms>(?!))?"


def _plain(pattern: str) -> str:
    return rf"(?P<base>{pattern}){_FRACTION}{_ZONE}"


def _iso(base: str, _: Calendar) -> int:
    return seconds_of(
        int(base[:4]), int(base[5:7]), int(base[8:10]),
        int(base[11:13]), int(base[14:16]), int(base[17:19]),
    )  # fmt: skip


def _loose_iso(base: str, _: Calendar) -> int:
    year, month, day, hour, minute, *second = (int(part) for part in _NUMBERS.findall(base))
    return seconds_of(year, month, day, hour, minute, second[0] if second else 0)


def _compact(base: str, _: Calendar) -> int:
    digits = "".join(_NUMBERS.findall(base))
    return seconds_of(
        int(digits[:4]), int(digits[4:6]), int(digits[6:8]),
        int(digits[8:10]), int(digits[10:12]), int(digits[12:14]),
    )  # fmt: skip


def _compact_colons(base: str, _: Calendar) -> int:
    day, hour, minute, second = _NUMBERS.findall(base)
    return seconds_of(
        int(day[:4]), int(day[4:6]), int(day[6:8]), int(hour), int(minute), int(second)
    )


def _six_six(base: str, _: Calendar) -> int:
    day, clock = base[:6], base[7:].replace(":", "").strip().zfill(6)
    return seconds_of(
        full_year(int(day[:2])), int(day[2:4]), int(day[4:]),
        int(clock[:2]), int(clock[2:4]), int(clock[4:]),
    )  # fmt: skip


def _month_first(base: str, calendar: Calendar) -> int:
    """``Jun 14 15:16:01``, also ``Jun 14 2024 15:16:01`` and ``Jun 14, 2024 3:16:01 PM``."""
    words = _WORDS.findall(base)
    if not words[1].isdigit():
        words = words[1:]
    month = MONTHS[words[0][:3].lower()]
    if len(words[2]) == 4:
        year, rest = int(words[2]), words[3:]
    else:
        year, rest = calendar.year or 0, words[2:]
    return seconds_of(year, month, int(words[1]), *_clock(rest))


def _year_month_name(base: str, _: Calendar) -> int:
    words = _WORDS.findall(base)
    return seconds_of(
        int(words[0]), MONTHS[words[1][:3].lower()], int(words[2]), *_clock(words[3:])
    )


def _asctime(base: str, _: Calendar) -> int:
    """``Sun Dec 04 04:47:44 2005``, a fraction and a zone before the year allowed."""
    words = _WORDS.findall(base)
    return seconds_of(
        int(words[-1]), MONTHS[words[1][:3].lower()], int(words[2]), *_clock(words[3:6])
    )


def _day_first(base: str, _: Calendar) -> int:
    """``01/Jan/2024:12:00:00`` and its kin."""
    words = _WORDS.findall(base)
    if not words[0].isdigit():
        words = words[1:]
    year = full_year(int(words[2]))
    return seconds_of(year, MONTHS[words[1][:3].lower()], int(words[0]), *_clock(words[3:]))


def _slashes(base: str, calendar: Calendar) -> int:
    words = _WORDS.findall(base)
    order = calendar.order
    if len(words[2]) == 4 and order == "ymd":
        order = "mdy"
    year, month, day = (int(words[order.index(part)]) for part in "ymd")
    return seconds_of(full_year(year), month, day, *_clock(words[3:]))


def _month_day(base: str, calendar: Calendar) -> int:
    month, day, *clock = _NUMBERS.findall(base)
    return seconds_of(calendar.year or 0, int(month), int(day), *_clock(clock))


def _klog(base: str, calendar: Calendar) -> int:
    """``0102 15:04:05``, with a year of two or four digits before it in some programs."""
    day, *clock = _NUMBERS.findall(base)
    year = full_year(int(day[:-4])) if len(day) > 4 else calendar.year or 0
    return seconds_of(year, int(day[-4:-2]), int(day[-2:]), *_clock(clock))


def _chromium(base: str, calendar: Calendar) -> int:
    clock = base[5:]
    return seconds_of(
        calendar.year or 0, int(base[:2]), int(base[2:4]),
        int(clock[:2]), int(clock[2:4]), int(clock[4:6]),
    )  # fmt: skip


def _time_only(base: str, calendar: Calendar) -> int:
    days = (calendar.day or _EPOCH_DAY) - _EPOCH_DAY
    return days * 86_400 + seconds_of(1970, 1, 1, *_clock(_WORDS.findall(base)))


def _epoch(base: str, _: Calendar) -> int:
    return int(base)


def _clock(words: list[str]) -> tuple[int, int, int]:
    hour, minute = int(words[0]), int(words[1])
    second = int(words[2]) if len(words) > 2 and words[2].isdigit() else 0
    half = words[-1].lower()
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a half day")
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour, minute, second


#: In the order in which they are tried; what two could read belongs to the first.
SHAPES = (
    Shape("iso", _plain(r"\d{4}[-/.]\d\d[-/.]\d\d[T _t-]\d\d[:.]\d\d[:.]\d\d(?!\d)"), _iso),
    Shape(
        "rfc3164",
        _plain(rf"{_MONTH} {{1,2}}\d{{1,2}} {_TIME}(?![:\d]| (?:19|20)\d\d[ \]])"),
        _month_first, "year",
    ),
    Shape(
        "month-first",
        _plain(rf"(?:{_DOW},? )?{_MONTH} {{1,2}}\d{{1,2}},? \d{{4}},?(?: @)? {_TIME}{_HALF}"),
        _month_first,
    ),
    Shape(
        "asctime",
        rf"(?P<base>{_DOW},? {_MONTH} {{1,2}}\d{{1,2}},? {_TIME}(?:\.(?P<frac>\d{{1,9}}))?"
        rf"(?: (?P<zone>{_ZONE_NAMES})| [A-Z]{{3,5}})? \d{{4}}){_NO_MS}",
        _asctime,
    ),
    Shape(
        "day-first",
        _plain(rf"(?:{_DOW},? )?\d{{1,2}}[ /.-]{_MONTH}[ /.-](?:\d{{4}}|\d\d)"
               rf"(?:::?|, | |T){_TIME}{_HALF}"),
        _day_first,
    ),
    Shape(
        "year-month-name",
        _plain(rf"\d{{4}}[ /-]{_MONTH}[ /-]{{1,2}}\d{{1,2}}[ T:]{_TIME}"),
        _year_month_name,
    ),
    Shape("six-six", _plain(r"\d{6} (?:\d{6}(?!\d)|[ \d]\d:\d\d:\d\d)"), _six_six),
    Shape("compact-colons", _plain(r"\d{8}[-_ T]\d{1,2}:\d{1,2}:\d{1,2}(?!\d)"), _compact_colons),
    Shape("compact", _plain(r"(?:19|20)\d{6}[T_ -]?\d{6}(?!\d)"), _compact),
    Shape(
        "slashes",
        _plain(rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d\d),?[-T ]{{1,2}}{_TIME}{_HALF}"),
        _slashes,
    ),
    Shape(
        "loose-iso",
        _plain(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]{1,2}|, ?|:)\d{1,2}:\d\d(?::\d\d)?(?!\d)"),
        _loose_iso,
    ),
    Shape("month-day", _plain(rf"\d\d[-./]\d\d[- ]{_TIME}"), _month_day, "year"),
    Shape("klog", _plain(r"(?:20\d\d|\d\d)?\d{4} \d\d:\d\d:\d\d"), _klog, "year"),
    Shape("chromium", _plain(r"\d{4}/\d{6}(?!\d)"), _chromium, "year"),
    Shape(
        "epoch",
        r"(?P<base>9\d{8}|1\d{9})(?:[.,]?(?P<frac>(?:(?<=[.,])\d{1,9}|\d{9}|\d{6}|\d{3})(?!\d)))?"
        rf"(?![\w.]\w)(?![A-Za-z_\d]){_NO_MS}(?P<zone>(?!))?",
        _epoch,
    ),
    Shape("time", _plain(rf"{_TIME}{_HALF}(?![:\d]\d\d\d)"), _time_only, "date"),
)  # fmt: skip
BY_NAME = {shape.name: shape for shape in SHAPES}
