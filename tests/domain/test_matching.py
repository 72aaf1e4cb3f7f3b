"""Which records a filter matches: a table for each kind, and the laws of all."""

import pytest
from hypothesis import given

from app.domain.entry import LogEntry
from app.domain.filters import (
    EVERYTHING,
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    ExistsFilter,
    Filter,
    IdFilter,
    KeywordFilter,
    LevelFilter,
    MinimumLevelFilter,
    NotFilter,
    ServiceFilter,
    ServicePrefixFilter,
    SpanIdFilter,
    TimeRangeFilter,
    TraceIdFilter,
    WordPrefixFilter,
)
from app.domain.levels import LogLevel
from app.domain.matching import matches
from tests.builders import NOON, NOON_NS, entry
from tests.domain.strategies import entries, filters

ERROR_OF_API = entry(level=LogLevel.ERROR, service="api")
ERRORS, OF_API, OF_DB = LevelFilter(LogLevel.ERROR), ServiceFilter("api"), ServiceFilter("db")


@pytest.mark.parametrize(
    ("filter", "record", "is_match"),
    [
        (LevelFilter(LogLevel.ERROR), entry(level=LogLevel.ERROR), True),
        (LevelFilter(LogLevel.ERROR), entry(level=LogLevel.CRITICAL), False),
        (LevelFilter(LogLevel.ERROR), entry(level=LogLevel.WARNING), False),
        (MinimumLevelFilter(LogLevel.ERROR), entry(level=LogLevel.CRITICAL), True),
        (MinimumLevelFilter(LogLevel.ERROR), entry(level=LogLevel.ERROR), True),
        (MinimumLevelFilter(LogLevel.ERROR), entry(level=LogLevel.WARNING), False),
        (ServiceFilter("api"), entry(service="api"), True),
        (ServiceFilter("api"), entry(service="API"), False),
        (ServiceFilter("api"), entry(service="api-gateway"), False),
        (CorrelationIdFilter("r-1"), entry(correlation_id="r-1"), True),
        (CorrelationIdFilter("r-1"), entry(correlation_id="R-1"), False),
        (CorrelationIdFilter("r-1"), entry(trace_id="r-1"), False),
        (TraceIdFilter("t-1"), entry(trace_id="t-1"), True),
        (TraceIdFilter("t-1"), entry(trace_id="t-11"), False),
        (TraceIdFilter("t-1"), entry(correlation_id="t-1"), False),
        (SpanIdFilter("s-1"), entry(span_id="s-1"), True),
        (SpanIdFilter("s-1"), entry(trace_id="s-1"), False),
        (IdFilter("x"), entry("x"), True),
        (IdFilter("x"), entry("X"), False),
        (ServicePrefixFilter("user-"), entry(service="user-api"), True),
        (ServicePrefixFilter("user-"), entry(service="User-api"), False),
        (ServicePrefixFilter("user-"), entry(service="user"), False),
        (ExistsFilter("trace_id"), entry(trace_id="t"), True),
        (ExistsFilter("trace_id"), entry(span_id="t"), False),
        (ExistsFilter("source_ip"), entry(source_ip="::1"), True),
        (ExistsFilter("source_ip"), entry(), False),
        (ExistsFilter("metadata"), entry(metadata={"a": {"b": 0}}), True),
        (ExistsFilter("metadata"), entry(metadata={"a": {"b": [None]}}), False),
        (WordPrefixFilter("acc"), entry(message="payment accepted"), True),
        (WordPrefixFilter("pay"), entry(message="repayment"), False),
    ],
)
def test_level_service_and_references(filter: Filter, record: LogEntry, is_match: bool) -> None:
    assert matches(filter, record) is is_match


@pytest.mark.parametrize(
    ("filter", "is_match"),
    [
        (TimeRangeFilter(), True),
        (TimeRangeFilter(start=NOON_NS), True),
        (TimeRangeFilter(start=NOON_NS + 1), False),
        (TimeRangeFilter(end=NOON_NS), True),
        (TimeRangeFilter(end=NOON_NS - 1), False),
        (TimeRangeFilter(NOON, NOON), True),
        (TimeRangeFilter(NOON_NS, NOON_NS), True),
        (TimeRangeFilter(NOON_NS - 2, NOON_NS - 1), False),
    ],
)
def test_both_ends_of_a_time_range_are_included(filter: TimeRangeFilter, is_match: bool) -> None:
    assert matches(filter, entry(at=NOON_NS)) is is_match


@pytest.mark.parametrize(
    ("keyword", "message", "is_match"),
    [
        ("timeout", "Timeout while reading", True),
        ("TIMEOUT", "a timeout.", True),
        ("time", "Timeout", False),
        ("disk full", "the disk, full of logs", True),
        ("disk full", "disk is full", False),
        ("disk full", "full disk", False),
        ("full full", "full", False),
        ("user_id", "user_id=7", True),
        ("user", "user_id=7", True),
        ("use", "user_id=7", False),
        ("10.0.0.1", "from 10.0.0.1: refused", True),
        ("10.0", "from 10.0.0.1: refused", False),
        ("größe", "Die GRÖSSE", False),
        ("größe", "die Größe", True),
        ("!!!", "stop!!!", False),
        ("", "anything", False),
    ],
)
def test_a_keyword_is_found_as_whole_words_in_this_order(
    keyword: str, message: str, is_match: bool
) -> None:
    assert matches(KeywordFilter(keyword), entry(message=message)) is is_match


@pytest.mark.parametrize(
    ("filter", "is_match"),
    [
        (CompositeFilter(ERRORS, OF_API), True),
        (CompositeFilter(ERRORS, OF_DB), False),
        (CompositeFilter(), True),
        (AnyOfFilter(OF_DB, OF_API), True),
        (AnyOfFilter(OF_DB), False),
        (AnyOfFilter(), False),
        (NotFilter(OF_DB), True),
        (NotFilter(OF_API), False),
        (CompositeFilter(ERRORS, AnyOfFilter(OF_DB, OF_API), NotFilter(OF_DB)), True),
        (NotFilter(CompositeFilter(ERRORS, OF_DB)), True),
    ],
)
def test_filters_combine(filter: Filter, is_match: bool) -> None:
    assert matches(filter, ERROR_OF_API) is is_match


@given(filters, entries)
def test_every_record_matches_a_filter_or_its_opposite(filter: Filter, record: LogEntry) -> None:
    assert matches(filter, record) is not matches(NotFilter(filter), record)


@given(filters, filters, entries)
def test_not_all_of_is_any_of_the_opposites(one: Filter, two: Filter, record: LogEntry) -> None:
    not_both = NotFilter(CompositeFilter(one, two))
    either_not = AnyOfFilter(NotFilter(one), NotFilter(two))

    assert matches(not_both, record) is matches(either_not, record)


@given(entries)
def test_everything_matches_every_record(record: LogEntry) -> None:
    assert matches(EVERYTHING, record)
