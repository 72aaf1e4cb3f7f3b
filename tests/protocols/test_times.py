"""Points in time as records and queries spell them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instants import MAX_INSTANT, MIN_INSTANT, datetime_to_ns, format_instant
from app.protocols.quick_times import quick_instant
from app.protocols.times import parse_by_grammar, parse_instant, parse_query_instant
from tests.builders import NOON_NS

MILLION = 1_000_000
HOUR = 3_600_000_000_000


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-24T12:00:00Z", NOON_NS),
        ("2026-11-24t12:00:00z", NOON_NS),
        ("2026-11-24 12:00:00Z", NOON_NS),
        ("  2026-11-24T12:00:00Z\n", NOON_NS),
        ("2026-11-24T12:00:00.1Z", NOON_NS + 100 * MILLION),
        ("2026-11-24T12:00:00,1Z", NOON_NS + 100 * MILLION),
        ("2026-11-24T12:00:00.000000001Z", NOON_NS + 1),
        ("2026-11-24T12:00:00.123456789Z", NOON_NS + 123_456_789),
        ("2026-11-24T12:00:00+00:00", NOON_NS),
        ("2026-11-24T12:00:00-00:00", NOON_NS),
        ("2026-11-24T17:30:00+05:30", NOON_NS),
        ("2026-11-24T17:30:00+0530", NOON_NS),
        ("2026-11-24T07:00:00.5-05:00", NOON_NS + 500 * MILLION),
        ("2026-11-25T11:59:00+23:59", NOON_NS),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_799_999_999_999),
        ("2016-12-31T23:59:60.5Z", 1_483_228_799_999_999_999),
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:59:59+01:00", None),
        ("1970-01-01T01:00:00+01:00", 0),
        ("2262-04-11T23:47:16.854775807Z", MAX_INSTANT),
        ("2262-04-11T23:47:16.854775808Z", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("0001-01-01T00:00:00+01:00", None),
    ],
)
def test_rfc_3339_is_read_to_the_nanosecond_within_the_range(
    text: str, instant: int | None
) -> None:
    if instant is None:
        with pytest.raises(ValueError, match="must lie between 1970-01-01 and 2262-04-11"):
            parse_instant(text)
    else:
        assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday",
        "now",
        "2026-11-24",
        "2026-11-24T12:00:00",
        "2026-11-24T12:00Z",
        "2026-11-24T12:00:00.Z",
        "2026-11-24T12:00:00.1234567891Z",
        "2026-11-24T12:00:00 Z",
        "2026-11-24T12:00:00+5:00",
        "2026-11-24T12:00:00+05",
        "2026-11-24T12:00:00+05:60",
        "2026-11-24T12:00:00Z+01:00",
        "2026-W48-2T12:00:00Z",
        "2026-328T12:00:00Z",
        "+2026-11-24T12:00:00Z",
        "-0001-11-24T12:00:00Z",
        "12026-11-24T12:00:00Z",
        "24/11/2026 12:00:00Z",
        "\u0662\u0660\u0662\u0666-11-24T12:00:00Z",
        "1_795_521_600",
        "-1",
        "+1",
        "1e9",
        "0x10",
        "1.",
        ".5",
        "NaN",
        "Infinity",
        "12345678901234567890",
        "\u0661",
    ],
    ids=repr,
)
def test_other_texts_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339 time with an offset") as caught:
        parse_instant(text)

    assert "number since the epoch" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-11-31T12:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T12:60:00Z",
        "2026-11-24T12:00:61Z",
        "2026-11-24T12:00:00+24:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_day_or_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no date or time of day that exists"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("number", "instant"),
    [
        (0, 0),
        (-0.0, 0),
        (1_795_521_600, NOON_NS),
        (1_795_521_600.5, NOON_NS + 500 * MILLION),
        (1_795_521_600_123, NOON_NS + 123 * MILLION),
        (1_795_521_600_123_456, NOON_NS + 123_456_000),
        (1_795_521_600_123_456_789, NOON_NS + 123_456_789),
        ("1795521600", NOON_NS),
        ("1795521600.000000001", NOON_NS + 1),
        ("1795521600123.25", NOON_NS + 123_250_000),
        ("1795521600123456789", NOON_NS + 123_456_789),
        (Decimal("1795521600.000000001"), NOON_NS + 1),
        (9_223_372_036, 9_223_372_036_000_000_000),
        (99_999_999_999, None),
        (100_000_000_000, 100_000_000_000 * MILLION),
        (99_999_999_999_999, None),
        (100_000_000_000_000, 100_000_000_000_000_000),
        (99_999_999_999_999_999, None),
        (100_000_000_000_000_000, 100_000_000_000_000_000),
        (MAX_INSTANT, MAX_INSTANT),
        (MAX_INSTANT + 1, None),
        (-1, None),
        (-1.5e300, None),
        (1e300, None),
        (10**400, None),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_number_counts_from_the_epoch_in_a_unit_told_by_its_size(
    number: Any, instant: int | None
) -> None:
    if instant is None:
        with pytest.raises(ValueError, match="must lie between"):
            parse_instant(number)
    else:
        assert parse_instant(number) == instant


@pytest.mark.parametrize(
    "value", [True, False, float("nan"), float("inf"), Decimal("sNaN")], ids=repr
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="must be an RFC 3339 time"):
        parse_instant(value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("now", NOON_NS),
        (" now ", NOON_NS),
        ("now-15m", NOON_NS - HOUR // 4),
        ("now - 15 m", NOON_NS - HOUR // 4),
        ("now+1h", NOON_NS + HOUR),
        ("now 1h", NOON_NS + HOUR),
        ("now-250ms", NOON_NS - 250 * MILLION),
        ("now-30s", NOON_NS - HOUR // 120),
        ("now-2d", NOON_NS - 48 * HOUR),
        ("now-1w", NOON_NS - 168 * HOUR),
        ("now-999999999w", MIN_INSTANT),
        ("now+999999999w", MAX_INSTANT),
        ("2026-11-24T12:00:00Z", NOON_NS),
        ("2026-11-24T13:00:00 01:00", NOON_NS),
        ("2026-11-24T13:00:00 0100", NOON_NS),
        ("1795521600", NOON_NS),
    ],
)
def test_a_query_may_count_from_now(text: str, instant: int) -> None:
    assert parse_query_instant(text, NOON_NS) == instant


@pytest.mark.parametrize(
    ("text", "first", "length"),
    [
        ("now/h", NOON_NS, HOUR),
        ("now-1ms/h", NOON_NS - HOUR, HOUR),
        ("now/d", NOON_NS - 12 * HOUR, 24 * HOUR),
        ("now-1d/d", NOON_NS - 36 * HOUR, 24 * HOUR),
        ("now/w", NOON_NS - 36 * HOUR, 168 * HOUR),
        ("now+90s/m", NOON_NS + HOUR // 60, HOUR // 60),
        ("2026-11-24", NOON_NS - 12 * HOUR, 24 * HOUR),
        (" 2026-11-23 ", NOON_NS - 36 * HOUR, 24 * HOUR),
    ],
)
def test_a_query_may_ask_for_the_unit_around_a_time(text: str, first: int, length: int) -> None:
    assert parse_query_instant(text, NOON_NS) == first
    assert parse_query_instant(text, NOON_NS, is_end=True) == first + length - 1


@pytest.mark.parametrize(
    "text",
    [
        "now/y",
        "now/1d",
        "now/d-1d",
        "2026-11-24T12:00:00Z/d",
        "",
        "now-",
        "now-15",
        "now-15y",
        "now-m",
        "now--1m",
        "now-1m-1m",
        "NOW",
        "2026-11",
        "2026-11-24/d",
    ],
)
def test_other_texts_in_a_query_are_refused_with_what_is_allowed_there(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339.*relative to now \(now-15m\)"):
        parse_query_instant(text, NOON_NS)


def test_the_last_day_ends_with_the_last_instant_there_is() -> None:
    assert parse_query_instant("2262-04-11", NOON_NS, is_end=True) == MAX_INSTANT
    for outside in ("1969-12-31", "2262-04-12", "2026-02-30"):
        with pytest.raises(ValueError, match=r"must lie between|exists"):
            parse_query_instant(outside, NOON_NS)


@given(st.integers(MIN_INSTANT, MAX_INSTANT))
def test_what_is_written_is_read_back(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2261, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(-1_439, 1_439),
)
def test_every_offset_means_what_the_standard_library_means(moment: datetime, minutes: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))

    assert parse_instant(elsewhere.isoformat()) == datetime_to_ns(moment)


@given(st.text())
def test_any_text_is_an_instant_in_range_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert MIN_INSTANT <= parse_query_instant(text, NOON_NS) <= MAX_INSTANT


pieces = st.sampled_from(
    [
        *"0123456789:-+.,TtZz ",
        "59",
        "60",
        "2026-11-24",
        "T12:00:00",
        ".5",
        "+02:00",
        "-0530",
        "\u0661",
    ]
)


@given(
    st.lists(pieces, max_size=8).map("".join)
    | st.builds(
        lambda instant, at, put: format_instant(instant)[:at] + put + format_instant(instant)[at:],
        st.integers(MIN_INSTANT, MAX_INSTANT),
        st.integers(0, 30),
        pieces,
    )
    | st.builds(
        lambda moment, put: moment.isoformat() + put,
        st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))])),
        st.sampled_from(["", "Z", "0", " "]),
    )
)
def test_the_short_cut_says_what_the_grammar_says(text: str) -> None:
    short = quick_instant(text)

    if short is not None:
        assert short == parse_by_grammar(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T12:00:00Z",
        "2026-11-24 12:00:00.5Z",
        "2026-11-24T12:00:00.123456789Z",
        "2026-11-24T17:30:00+05:30",
        "2026-11-24T07:00:00.5-05:00",
    ],
)
def test_the_short_cut_reads_the_usual_spellings(text: str) -> None:
    assert quick_instant(text) == parse_by_grammar(text)
