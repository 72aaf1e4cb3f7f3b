"""Periods: their names, and the span of time that a name stands for."""

from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instants import MAX_INSTANT, MIN_INSTANT, datetime_to_ns, format_instant
from app.domain.sharding import PeriodLength, period_of, span_of
from tests.domain.strategies import any_instants

lengths: st.SearchStrategy[PeriodLength] = st.sampled_from(get_args(PeriodLength))


@pytest.mark.parametrize(
    ("length", "name"),
    [
        ("hour", "2026.11.24.23"),
        ("day", "2026.11.24"),
        ("week", "2026w48"),
        ("month", "2026.11"),
        ("year", "2026"),
    ],
)
def test_a_period_is_named_after_its_beginning_in_utc(length: PeriodLength, name: str) -> None:
    late = datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=UTC)

    assert period_of(datetime_to_ns(late, 999), length) == name


@pytest.mark.parametrize(
    ("day", "name"),
    [((2026, 12, 31), "2026w53"), ((2027, 1, 3), "2026w53"), ((2027, 1, 4), "2027w01")],
)
def test_weeks_are_those_of_iso_8601(day: tuple[int, int, int], name: str) -> None:
    assert period_of(datetime_to_ns(datetime(*day, tzinfo=UTC)), "week") == name


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026.11.24.23", "2026-11-24T23:00:00.000Z", "2026-11-24T23:59:59.999999999Z"),
        ("2026.11.24", "2026-11-24T00:00:00.000Z", "2026-11-24T23:59:59.999999999Z"),
        ("2028.02", "2028-02-01T00:00:00.000Z", "2028-02-29T23:59:59.999999999Z"),
        ("2026.12", "2026-12-01T00:00:00.000Z", "2026-12-31T23:59:59.999999999Z"),
        ("2026w53", "2026-12-28T00:00:00.000Z", "2027-01-03T23:59:59.999999999Z"),
        ("2026", "2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999999999Z"),
        ("1970w01", "1970-01-01T00:00:00.000Z", "1970-01-04T23:59:59.999999999Z"),
        ("2262", "2262-01-01T00:00:00.000Z", "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_a_name_stands_for_a_span(name: str, first: str, last: str) -> None:
    span = span_of(name)

    assert span is not None
    assert (format_instant(span[0]), format_instant(span[1])) == (first, last)


@pytest.mark.parametrize(
    "name",
    [
        "all",
        "",
        "26",
        "2026.13",
        "2026.02.30",
        "2026w54",
        "2026w00",
        "2026w48.1",
        "2026-11",
        "0000",
    ],
)
def test_other_names_stand_for_none(name: str) -> None:
    assert span_of(name) is None


@given(any_instants, lengths)
def test_an_instant_lies_in_the_span_of_its_period(instant: int, length: PeriodLength) -> None:
    span = span_of(period_of(instant, length))

    assert span is not None
    assert span[0] <= instant <= span[1]


@given(any_instants, lengths)
def test_a_span_is_the_whole_period_and_no_more(instant: int, length: PeriodLength) -> None:
    period = period_of(instant, length)
    first, last = span_of(period) or (-1, -1)

    assert period_of(first, length) == period_of(last, length) == period
    assert first == MIN_INSTANT or period_of(first - 1, length) != period
    assert last == MAX_INSTANT or period_of(last + 1, length) != period
