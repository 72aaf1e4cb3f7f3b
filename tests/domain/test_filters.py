"""Filters are values: they compare, and refuse what cannot be asked."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    FieldFilter,
    FieldRangeFilter,
    LevelFilter,
    NetworkFilter,
    ServiceFilter,
    TimeRangeFilter,
    WordPrefixFilter,
)
from app.domain.levels import LogLevel
from tests.builders import NOON, NOON_NS

ERRORS = LevelFilter(LogLevel.ERROR)
OF_API = ServiceFilter("api")


def test_filters_with_the_same_content_are_equal() -> None:
    assert CompositeFilter(ERRORS, OF_API) == CompositeFilter([ERRORS, OF_API])


@pytest.mark.parametrize("kind", [CompositeFilter, AnyOfFilter])
def test_a_composite_takes_filters_one_by_one_or_in_lists(kind: Any) -> None:
    assert kind(ERRORS, OF_API).filters == (ERRORS, OF_API)
    assert kind([ERRORS, OF_API]).filters == (ERRORS, OF_API)
    assert kind((ERRORS,), OF_API).filters == (ERRORS, OF_API)
    assert kind().filters == ()


def test_a_filter_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        CompositeFilter(ERRORS).filters = ()  # type: ignore[misc]


def test_a_datetime_as_the_end_of_a_range_includes_its_whole_microsecond() -> None:
    one_moment = TimeRangeFilter(NOON, NOON)

    assert (one_moment.start_ns, one_moment.end_ns) == (NOON_NS, NOON_NS + 999)


def test_nanoseconds_as_bounds_are_exact() -> None:
    exact = TimeRangeFilter(NOON_NS + 1, NOON_NS + 2)

    assert (exact.start_ns, exact.end_ns) == (NOON_NS + 1, NOON_NS + 2)


def test_a_side_that_is_not_given_is_open() -> None:
    assert (TimeRangeFilter().start_ns, TimeRangeFilter().end_ns) == (None, None)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (datetime(2026, 11, 24), None, "start"),  # noqa: DTZ001
        (None, datetime(2026, 11, 24), "end"),  # noqa: DTZ001
        (NOON, NOON - timedelta(microseconds=1), "start"),
        (NOON_NS + 1, NOON_NS, "start"),
    ],
    ids=["naive start", "naive end", "reversed", "reversed by a nanosecond"],
)
def test_a_time_range_that_cannot_be_meant_is_refused(start: Any, end: Any, field: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        TimeRangeFilter(start, end)

    assert caught.value.field == field


@pytest.mark.parametrize("value", ["5", True], ids=repr)
def test_order_compares_numbers_only(value: str | bool) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        FieldFilter("duration_ms", "gt", value)

    assert caught.value.field == "duration_ms"


@pytest.mark.parametrize(("low", "high"), [(None, None), (1, "b"), ("a", 2)])
def test_a_range_has_bounds_of_one_kind(low: Any, high: Any) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        FieldRangeFilter("duration_ms", low, high)

    assert caught.value.field == "duration_ms"


@pytest.mark.parametrize("prefix", ["a", "disk f", "a_1 b"])
def test_a_word_that_is_begun_has_two_letters_at_least(prefix: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        WordPrefixFilter(prefix)

    assert (caught.value.field, "at least 2" in caught.value.reason) == ("prefix", True)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.0.0.1", "10.0.0.1/32"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("2001:db8::1/32", "2001:db8::/32"),
    ],
)
def test_a_network_is_an_address_or_a_cidr_block(text: str, network: str) -> None:
    assert str(NetworkFilter.of(text).network) == network


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "example.org", "1", "fe80::1%eth0", "::/129"],
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        NetworkFilter.of(text)

    assert caught.value.field == "source_ip"
