"""Cron lines as cron reads them: five fields, Sunday is 0 or 7, times in UTC.

APScheduler counts weekdays from Monday, and asks that day of month and weekday both fit where cron asks
for one of them; both are put right here.
"""

from datetime import UTC, datetime

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

OFF = "off"
EXAMPLE = "*/5 * * * *"
_FIELDS = ("minute", "hour", "day", "month", "day_of_week")
_WORDS = {"day": "day of month", "day_of_week": "weekday"}
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: Any day on which to look for the first time that a line names; it decides nothing.
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def parse(line: str) -> BaseTrigger | None:
    """When a job of this line runs; None for ``off``.

    Raises:
        ValueError: the line cannot be used; the text says why.
    """
    if line == OFF:
        return None
    parts = line.lower().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"it has {len(parts)} fields, and a cron line has 5")
    fields = dict(zip(_FIELDS, parts, strict=True))
    both = not any(fields[name].startswith("*") for name in ("day", "day_of_week"))
    fields["day_of_week"] = _weekdays(fields["day_of_week"])
    for name, text in fields.items():
        try:
            CronTrigger(**{name: text}, timezone=UTC)
        except ValueError as error:
            reason = str(error).removeprefix(f"Error validating expression {text!r}: ")
            raise ValueError(f"{_WORDS.get(name, name)} {text!r}: {reason}") from None
    trigger: BaseTrigger = CronTrigger(**fields, timezone=UTC)
    if both:
        by_day = CronTrigger(**fields | {"day_of_week": "*"}, timezone=UTC)
        trigger = OrTrigger([by_day, CronTrigger(**fields | {"day": "*"}, timezone=UTC)])
    if trigger.get_next_fire_time(None, _SOME_DAY) is None:
        raise ValueError("it names a day that never comes")
    return trigger


def _weekdays(field: str) -> str:
    """The field with every day by its name, from the one that numbers them from Sunday."""
    if field == "*":
        return field
    return ",".join(dict.fromkeys(day for part in field.split(",") for day in _days(part)))


def _days(part: str) -> list[str]:
    span, _, step = part.partition("/")
    if step and not (step.isdecimal() and int(step)):
        raise ValueError(f"weekday {part!r}: the step must be a whole number from 1")
    if span == "*":
        first, last = 0, 6
    else:
        begin, dash, end = span.partition("-")
        first = _day(begin, part)
        last = _day(end, part) if dash else first
        if last < first:
            last += 7
    return [_DAYS[day % 7] for day in range(first, last + 1, int(step or 1))]


def _day(text: str, part: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isdecimal() and int(text) <= 7:
        return int(text)
    raise ValueError(f"weekday {part!r}: {text!r} is none of 0 to 7 and sun to sat")
