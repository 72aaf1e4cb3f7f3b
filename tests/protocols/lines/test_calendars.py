"""What a stamp means when it leaves out the year, the day, the zone or the order of its numbers."""

from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest

from app.domain.instants import format_instant
from app.protocols.lines.calendars import Calendar, DateOrder
from app.protocols.lines.context import Context, date_order
from tests.builders import DAY, NOON_NS

BERLIN = ZoneInfo("Europe/Berlin")


def instants(
    lines: list[str], zone: tzinfo = UTC, year: int | None = None, latest: int = NOON_NS
) -> list[str]:
    calendar = Calendar(zone, latest=latest, year=year, order=date_order(lines))
    context = Context(calendar)
    stamps = [context.stamp(line) for line in lines]
    return [format_instant(stamp.instant) if stamp else "none" for stamp in stamps]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02 03:04:05,6", "2024-01-02T03:04:05.600Z"),
        ("2024-01-02T03:04:05.123456789+02:00", "2024-01-02T01:04:05.123456789Z"),
        ("2024-01-02T03:04:05-0530", "2024-01-02T08:34:05.000Z"),
        ("2024-01-02 03:04:05 +0100", "2024-01-02T02:04:05.000Z"),
        ("2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02 03:04:05 EST", "2024-01-02T08:04:05.000Z"),
        ("2024-01-02 03:04:05 - worker", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02_03:04:05", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02-03.04.05.5", "2024-01-02T03:04:05.500Z"),
        ("2024/1/2 3:04:05", "2024-01-02T03:04:05.000Z"),
        ("2024-01-02 03:04", "2024-01-02T03:04:00.000Z"),
        ("2024-Jan-02 03:04:05", "2024-01-02T03:04:05.000Z"),
        ("20240102T030405Z", "2024-01-02T03:04:05.000Z"),
        ("20240102 03:04:05", "2024-01-02T03:04:05.000Z"),
        ("240102 030405", "2024-01-02T03:04:05.000Z"),
        ("240102  3:04:05", "2024-01-02T03:04:05.000Z"),
        ("24/01/02 03:04:05", "2024-01-02T03:04:05.000Z"),
        ("02/Jan/2024:03:04:05 +0000", "2024-01-02T03:04:05.000Z"),
        ("2-Jan-2024::03:04:05", "2024-01-02T03:04:05.000Z"),
        ("Tue, 02 Jan 2024 03:04:05 GMT", "2024-01-02T03:04:05.000Z"),
        ("Tue Jan  2 03:04:05.25 2024", "2024-01-02T03:04:05.250Z"),
        ("Tue Jan  2 03:04:05 PST 2024", "2024-01-02T11:04:05.000Z"),
        ("Jan 2, 2024 3:04:05 PM", "2024-01-02T15:04:05.000Z"),
        ("Jan 2, 2024 12:04:05 AM", "2024-01-02T00:04:05.000Z"),
        ("1704164645", "2024-01-02T03:04:05.000Z"),
        ("1704164645.123456", "2024-01-02T03:04:05.123456Z"),
        ("1704164645123", "2024-01-02T03:04:05.123Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
    ],
)
def test_a_stamp_in_one_of_many_shapes(text: str, instant: str) -> None:
    assert instants([text]) == [instant]


@pytest.mark.parametrize(
    "text",
    [
        "", "no time", "12", "1.2.3.4", "2024-02-30 03:04:05", "2024-01-02 25:04:05",
        "version 1.2.3-45.6.7", "99/99/99 99:99:99", "Feb 30 03:04:05", "0000-01-02 03:04:05",
        "2300-01-02 03:04:05", "2024-01-02 13:04:05:06:07", "00:11:22:33:44:55",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    found = instants([text])

    assert found in (["none"], ["2024-01-02T13:04:05.000Z"]) or text.startswith("00:11")


def test_the_year_is_the_last_that_is_not_after_the_file_was_written() -> None:
    # The file was last written at noon of 24 November 2026.
    assert instants(["Nov 24 12:00:00 a"]) == ["2026-11-24T12:00:00.000Z"]
    assert instants(["Nov 26 12:00:00 a"]) == ["2025-11-26T12:00:00.000Z"]
    assert instants(["Feb 29 12:00:00 a"]) == ["2024-02-29T12:00:00.000Z"]


def test_a_year_that_is_given_is_that_of_the_first_line() -> None:
    lines = ["Dec 31 23:59:59 a", "Jan  1 00:00:00 a"]

    assert instants(lines, year=2005) == ["2005-12-31T23:59:59.000Z", "2006-01-01T00:00:00.000Z"]


def test_a_month_that_jumps_back_starts_the_next_year() -> None:
    lines = ["Nov  1 00:00:00 a", "Feb  3 00:00:00 a", "Dec  1 00:00:00 a", "Jan  1 00:00:00 a"]

    assert [found[:10] for found in instants(lines, year=2001)] == [
        "2001-11-01", "2002-02-03", "2002-12-01", "2003-01-01",
    ]  # fmt: skip


def test_lines_a_little_out_of_order_stay_in_their_year() -> None:
    lines = ["Dec 31 23:59:59 a", "Jan  1 00:00:01 a", "Dec 31 23:59:58 a", "Jan  1 00:00:02 a"]

    assert [found[:10] for found in instants(lines, year=2001)] == [
        "2001-12-31", "2002-01-01", "2001-12-31", "2002-01-01",
    ]  # fmt: skip


def test_a_time_without_a_date_is_on_the_day_the_file_was_written_or_the_one_before() -> None:
    assert instants(["11:00:00 a"]) == ["2026-11-24T11:00:00.000Z"]
    assert instants(["23:00:00 a"]) == ["2026-11-23T23:00:00.000Z"]


def test_an_hour_that_jumps_back_starts_the_next_day() -> None:
    lines = ["23:59:59 a", "00:00:01 a", "23:59:58 a", "00:00:02 a"]

    assert instants(lines) == [
        "2026-11-23T23:59:59.000Z", "2026-11-24T00:00:01.000Z",
        "2026-11-23T23:59:58.000Z", "2026-11-24T00:00:02.000Z",
    ]  # fmt: skip


def test_a_stamp_without_a_zone_is_in_that_of_the_file() -> None:
    summer, winter = "2024-07-01 12:00:00", "2024-01-01 12:00:00"

    assert instants([summer, winter], BERLIN) == [
        "2024-07-01T10:00:00.000Z", "2024-01-01T11:00:00.000Z",
    ]  # fmt: skip
    assert instants([summer], timezone(timedelta(hours=-5))) == ["2024-07-01T17:00:00.000Z"]


def test_a_zone_in_the_line_counts_more_than_that_of_the_file() -> None:
    assert instants(["2024-07-01T12:00:00+09:00"], BERLIN) == ["2024-07-01T03:00:00.000Z"]


def test_an_hour_that_the_clock_shows_twice_is_told_by_the_lines_before() -> None:
    lines = [
        "2024-10-27 01:59:00",
        "2024-10-27 02:10:00",
        "2024-10-27 02:50:00",
        "2024-10-27 02:05:00",
        "2024-10-27 02:55:00",
        "2024-10-27 03:00:00",
    ]

    assert [found[11:16] for found in instants(lines, BERLIN)] == [
        "23:59", "00:10", "00:50", "01:05", "01:55", "02:00",
    ]  # fmt: skip


def test_an_hour_that_the_clock_leaves_out_is_read_all_the_same() -> None:
    assert instants(["2024-03-31 02:30:00"], BERLIN) == ["2024-03-31T01:30:00.000Z"]


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["17/06/09 20:10:40"], "ymd"),
        (["01/02/2024 20:10:40"], "mdy"),
        (["01/02/2024 20:10:40", "13/02/2024 20:10:40"], "dmy"),
        (["01/13/2024 20:10:40"], "mdy"),
        (["01.02.2024 20:10:40"], "dmy"),
        (["01-13-2024 20:10:40"], "mdy"),
        (["31/12/24 20:10:40", "01/13/24 20:10:40"], "ymd"),
        (["1/2/24 3:04:05 PM"], "mdy"),
        (["no date"], "mdy"),
    ],
)
def test_the_order_of_a_date_is_told_by_the_numbers_of_the_file(
    dates: list[str], order: DateOrder
) -> None:
    assert date_order(dates) == order


def test_what_is_known_of_a_file_can_be_kept_and_taken_up() -> None:
    first = Context(Calendar(year=2001))
    assert first.stamp("Dec 31 23:59:59 a")
    later = Context(Calendar(latest=NOON_NS + DAY))

    later.restore(first.state())

    found = later.stamp("Jan  1 00:00:00 a")
    assert found is not None
    assert format_instant(found.instant) == "2002-01-01T00:00:00.000Z"
