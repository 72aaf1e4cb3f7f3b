"""Query parameters: what they mean, and what is refused with the name and the rule."""

from ipaddress import ip_network

import pytest

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    EVERYTHING,
    CompositeFilter,
    CorrelationIdFilter,
    Filter,
    KeywordFilter,
    LevelFilter,
    MinimumLevelFilter,
    NetworkFilter,
    ServiceFilter,
    TimeRangeFilter,
    TraceIdFilter,
)
from app.domain.levels import LogLevel
from app.domain.query import Query
from app.protocols.rest import FILTER_PARAMETERS, check_names, parse_filter, parse_query
from tests.builders import DAY, HOUR, NOON_NS


def test_without_parameters_the_newest_hundred_of_everything_are_asked_for() -> None:
    assert parse_query({}, NOON_NS) == Query(EVERYTHING, limit=100, offset=0, newest_first=True)


@pytest.mark.parametrize(
    ("parameters", "filter"),
    [
        ({"service": "api"}, ServiceFilter("api")),
        ({"service_name": "api"}, ServiceFilter("api")),
        ({"level": "ERROR"}, LevelFilter(LogLevel.ERROR)),
        ({"level": "warn"}, LevelFilter(LogLevel.WARNING)),
        ({"min_level": "3"}, MinimumLevelFilter(LogLevel.ERROR)),
        ({"start_time": "now-1h"}, TimeRangeFilter(start=NOON_NS - HOUR)),
        ({"end_time": "2026-11-24T12:00:00Z"}, TimeRangeFilter(end=NOON_NS)),
        ({"start_time": "now-1h", "end_time": "now"}, TimeRangeFilter(NOON_NS - HOUR, NOON_NS)),
        ({"start_time": "now", "end_time": "now"}, TimeRangeFilter(NOON_NS, NOON_NS)),
        (
            {"start_time": "2026-11-24", "end_time": "2026-11-24"},
            TimeRangeFilter(NOON_NS - 12 * HOUR, NOON_NS + 12 * HOUR - 1),
        ),
        ({"keyword": "disk full!"}, KeywordFilter("disk full!")),
        ({"correlation_id": "c-1"}, CorrelationIdFilter("c-1")),
        ({"trace_id": "t-1"}, TraceIdFilter("t-1")),
        ({"source_ip": "10.1.2.3/8"}, NetworkFilter(ip_network("10.0.0.0/8"))),
    ],
    ids=str,
)
def test_a_parameter_is_a_filter(parameters: dict[str, str], filter: Filter) -> None:
    assert parse_filter(parameters, NOON_NS) == CompositeFilter(filter)


def test_all_parameters_together_narrow_down() -> None:
    parameters = {"service": "api", "level": "ERROR", "keyword": "disk", "trace_id": "t-1"}

    assert parse_filter(parameters, NOON_NS) == CompositeFilter(
        ServiceFilter("api"),
        LevelFilter(LogLevel.ERROR),
        KeywordFilter("disk"),
        TraceIdFilter("t-1"),
    )


@pytest.mark.parametrize("name", FILTER_PARAMETERS)
def test_a_parameter_without_a_value_does_not_narrow_down(name: str) -> None:
    assert parse_filter({name: ""}, NOON_NS) == EVERYTHING


@pytest.mark.parametrize(
    ("parameters", "limit", "offset", "newest_first"),
    [
        ({"limit": "1"}, 1, 0, True),
        ({"limit": "1000"}, 1_000, 0, True),
        ({"limit": " 7 "}, 7, 0, True),
        ({"limit": ""}, 100, 0, True),
        ({"page": "1"}, 100, 0, True),
        ({"page": "3", "limit": "20"}, 20, 40, True),
        ({"page": "100", "limit": "100"}, 100, 9_900, True),
        ({"offset": "9900"}, 100, 9_900, True),
        ({"offset": "5", "limit": "2"}, 2, 5, True),
        ({"order": "asc"}, 100, 0, False),
        ({"order": "desc"}, 100, 0, True),
    ],
    ids=str,
)
def test_a_page_is_chosen(
    parameters: dict[str, str], limit: int, offset: int, newest_first: bool
) -> None:
    query = parse_query(parameters, NOON_NS)

    assert (query.limit, query.offset, query.newest_first) == (limit, offset, newest_first)


@pytest.mark.parametrize(
    ("parameters", "field", "reason"),
    [
        ({"limit": "0"}, "limit", "must be a whole number from 1 to 1000"),
        ({"limit": "1001"}, "limit", "must be a whole number from 1 to 1000"),
        ({"limit": "-1"}, "limit", "must be a whole number from 1 to 1000"),
        ({"limit": "1.5"}, "limit", "must be a whole number"),
        ({"limit": "ten"}, "limit", "must be a whole number"),
        ({"limit": "1e2"}, "limit", "must be a whole number"),
        ({"limit": "1_0"}, "limit", "must be a whole number"),
        ({"limit": "+5"}, "limit", "must be a whole number"),
        ({"limit": "\u0661\u0662"}, "limit", "must be a whole number"),
        ({"limit": "9" * 5_000}, "limit", "must be a whole number"),
        ({"page": "0"}, "page", "must be a whole number from 1"),
        ({"page": "101"}, "page", "10000 hits deep"),
        ({"page": "999999999"}, "page", "10000 hits deep"),
        ({"page": "11", "limit": "1000"}, "page", "10000 hits deep"),
        ({"offset": "-1"}, "offset", "must be a whole number from 0"),
        ({"offset": "9901"}, "offset", "10000 hits deep"),
        ({"offset": "9901", "limit": "100"}, "offset", "go on with the next_cursor"),
        ({"offset": "1", "page": "2"}, "page", "cannot be given together with offset"),
        ({"order": "newest"}, "order", "must be asc or desc"),
        ({"order": "DESC"}, "order", "must be asc or desc"),
        ({"level": "LOUD"}, "level", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"min_level": "8"}, "min_level", "must be one of DEBUG"),
        ({"start_time": "yesterday"}, "start_time", "relative to now (now-15m)"),
        ({"end_time": "2026-11"}, "end_time", "a day in UTC (2026-11-24)"),
        ({"end_time": "1969-12-31T23:59:59Z"}, "end_time", "1970-01-01"),
        ({"start_time": "now", "end_time": "now-1ms"}, "start_time", "not be later than end_time"),
        ({"keyword": "!?"}, "keyword", "at least one letter or digit"),
        ({"keyword": "x" * 1_025}, "keyword", "at most 1024 characters"),
        ({"source_ip": "10.0.0"}, "source_ip", "CIDR block such as 10.0.0.0/8"),
        ({"service": "api", "service_name": "db"}, "service_name", "differs from service"),
        ({"services": "api"}, "services", "is not known; allowed are service, level"),
        ({"Level": "ERROR"}, "Level", "is not known"),
        ({"": "x"}, "", "is not known"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_is_not_allowed_is_refused_by_name(
    parameters: dict[str, str], field: str, reason: str
) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        parse_query(parameters, NOON_NS)

    assert caught.value.field == field
    assert reason in caught.value.reason


def test_a_range_of_one_day_is_the_whole_day() -> None:
    query = parse_query({"start_time": "now/d", "end_time": "now/d"}, NOON_NS)

    midnight = NOON_NS - DAY // 2
    assert query.filter == CompositeFilter(TimeRangeFilter(midnight, midnight + DAY - 1))


def test_both_names_of_service_may_say_the_same() -> None:
    parameters = {"service": "api", "service_name": "api"}

    assert parse_filter(parameters, NOON_NS) == CompositeFilter(ServiceFilter("api"))


def test_a_name_is_allowed_where_it_is_read() -> None:
    check_names({"service_name": "api", "level": "x"}, FILTER_PARAMETERS)

    with pytest.raises(InvalidQueryError, match="limit: is not known"):
        check_names({"limit": "5"}, FILTER_PARAMETERS)
