"""Instants: nanoseconds since the epoch, and their text."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given

from app.domain.instants import (
    MAX_INSTANT,
    MIN_INSTANT,
    datetime_to_ns,
    format_instant,
    ns_to_datetime,
)
from tests.builders import NOON, NOON_NS
from tests.domain.strategies import any_instants


def test_a_datetime_counts_from_the_epoch() -> None:
    assert datetime_to_ns(NOON) == NOON_NS
    assert datetime_to_ns(NOON, 999) == NOON_NS + 999


def test_the_same_moment_in_another_zone_is_the_same_instant() -> None:
    in_india = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert datetime_to_ns(in_india) == NOON_NS


def test_moments_before_the_epoch_are_negative() -> None:
    assert datetime_to_ns(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1_000


def test_a_datetime_is_cut_to_microseconds_not_rounded() -> None:
    assert ns_to_datetime(NOON_NS + 1_999) == NOON + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (NOON_NS, "2026-11-24T12:00:00.000Z"),
        (NOON_NS + 7_000_000, "2026-11-24T12:00:00.007Z"),
        (NOON_NS + 7_000, "2026-11-24T12:00:00.000007Z"),
        (NOON_NS + 120_000_007, "2026-11-24T12:00:00.120000007Z"),
        (MAX_INSTANT, "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_text_has_milliseconds_and_more_only_where_they_say_more(instant: int, text: str) -> None:
    assert format_instant(instant) == text


@given(any_instants)
def test_an_instant_is_its_datetime_and_its_nanosecond(instant: int) -> None:
    assert datetime_to_ns(ns_to_datetime(instant), instant % 1_000) == instant


def test_the_range_is_that_of_a_date_nanos_field() -> None:
    assert (MIN_INSTANT, MAX_INSTANT) == (0, 9_223_372_036_854_775_807)
