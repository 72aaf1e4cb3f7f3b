"""Cron lines, as cron reads them."""

from datetime import UTC, datetime

import pytest

from app.scheduler import cron

#: A Tuesday.
NOW = datetime(2026, 11, 24, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "next_time"),
    [
        ("* * * * *", "2026-11-24 12:01"),
        ("*/5 * * * *", "2026-11-24 12:05"),
        ("20 1 * * *", "2026-11-25 01:20"),
        ("0 0 1 jan *", "2027-01-01 00:00"),
        # Sunday is 0 and 7, and has a name.
        ("0 1 * * 0", "2026-11-29 01:00"),
        ("0 1 * * 7", "2026-11-29 01:00"),
        ("0 1 * * SUN", "2026-11-29 01:00"),
        ("0 1 * * 1", "2026-11-30 01:00"),
        ("0 1 * * 5-7", "2026-11-27 01:00"),
        ("0 1 * * 0-2", "2026-11-29 01:00"),
        ("0 1 * * */3", "2026-11-25 01:00"),
        ("0 1 * * fri,sat", "2026-11-27 01:00"),
        # A day of the month or a weekday, whichever comes first.
        ("0 1 1 * fri", "2026-11-27 01:00"),
        ("0 1 26 * fri", "2026-11-26 01:00"),
        # With a star in one of them, both must fit.
        ("0 1 */2 * fri", "2026-11-27 01:00"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
    ],
)
def test_a_line_names_the_next_time(line: str, next_time: str) -> None:
    trigger = cron.parse(line)

    assert trigger is not None
    found = trigger.get_next_fire_time(None, NOW)
    assert f"{found:%Y-%m-%d %H:%M}" == next_time


def test_off_names_none() -> None:
    assert cron.parse("off") is None


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("", "it has 0 fields, and a cron line has 5"),
        ("* * * *", "it has 4 fields"),
        ("* * * * * *", "it has 6 fields"),
        ("61 * * * *", r"minute '61': the last value \(61\) is higher than the maximum value"),
        ("* 24 * * *", "hour '24'"),
        ("* * 0 * *", "day of month '0'"),
        ("* * * 13 *", "month '13'"),
        ("* * * * 8", "weekday '8': '8' is none of 0 to 7 and sun to sat"),
        ("* * * * */0", "weekday '\\*/0': the step must be"),
        ("*/0 * * * *", "minute"),
        ("x * * * *", "minute 'x': Unrecognized expression \"x\""),
        ("5-1 * * * *", "minute '5-1'"),
        ("0 0 31 2 *", "it names a day that never comes"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_the_mistake(line: str, mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake):
        cron.parse(line)


@pytest.mark.parametrize("line", ["*/5 * * * *", "0 1 1 * mon"])
def test_every_line_can_be_asked_again_and_again(line: str) -> None:
    trigger = cron.parse(line)
    assert trigger is not None

    first = trigger.get_next_fire_time(None, NOW)

    assert trigger.get_next_fire_time(None, NOW) == first
