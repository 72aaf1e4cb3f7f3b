"""The part of all records that a filter can reach."""

import pytest
from hypothesis import given

from app.domain.entry import LogEntry
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    Filter,
    LevelFilter,
    NotFilter,
    ServiceFilter,
    TimeRangeFilter,
)
from app.domain.levels import LogLevel
from app.domain.matching import matches
from app.domain.scope import Scope, scope_of
from tests.domain.strategies import entries, filters

API, DB = ServiceFilter("api"), ServiceFilter("db")
EARLY, LATE = TimeRangeFilter(10, 20), TimeRangeFilter(15, 40)


@pytest.mark.parametrize(
    ("filter", "scope"),
    [
        (LevelFilter(LogLevel.ERROR), Scope()),
        (EARLY, Scope(10, 20)),
        (TimeRangeFilter(start=10), Scope(start=10)),
        (TimeRangeFilter(end=10), Scope(end=10)),
        (API, Scope(services=frozenset({"api"}))),
        (CompositeFilter(EARLY, LATE, API), Scope(15, 20, frozenset({"api"}))),
        (AnyOfFilter(EARLY, LATE), Scope(10, 40)),
        (AnyOfFilter(API, DB), Scope(services=frozenset({"api", "db"}))),
        (AnyOfFilter(API, LevelFilter(LogLevel.ERROR)), Scope()),
        (AnyOfFilter(CompositeFilter(API, DB), EARLY), Scope(10, 20)),
        (CompositeFilter(AnyOfFilter(API, DB), API), Scope(services=frozenset({"api"}))),
        (NotFilter(API), Scope()),
        (NotFilter(EARLY), Scope()),
        (CompositeFilter(), Scope()),
    ],
    ids=lambda value: "scope" if isinstance(value, Scope) else None,
)
def test_a_scope_is_read_off_times_and_services(filter: Filter, scope: Scope) -> None:
    assert scope_of(filter) == scope


@pytest.mark.parametrize(
    "filter",
    [
        AnyOfFilter(),
        CompositeFilter(API, DB),
        CompositeFilter(TimeRangeFilter(10, 20), TimeRangeFilter(21, 30)),
        CompositeFilter(AnyOfFilter(), LevelFilter(LogLevel.ERROR)),
    ],
    ids=["any of none", "two services", "two times", "with any of none"],
)
def test_a_contradiction_has_an_empty_scope(filter: Filter) -> None:
    assert scope_of(filter).is_empty


def test_a_scope_of_one_instant_is_not_empty() -> None:
    assert not scope_of(TimeRangeFilter(10, 10)).is_empty


@given(filters, entries)
def test_what_a_filter_matches_lies_in_its_scope(filter: Filter, record: LogEntry) -> None:
    scope = scope_of(filter)

    is_inside = scope.start <= record.timestamp_ns <= scope.end and (
        scope.services is None or record.service in scope.services
    )

    assert is_inside or not matches(filter, record)
