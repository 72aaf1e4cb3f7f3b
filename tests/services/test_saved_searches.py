"""Searches by name: whoever names a version changes nothing else."""

import pytest

from app.domain.errors import InvalidQueryError, StoreUnavailableError, VersionConflictError
from app.domain.filters import CompositeFilter, ServiceFilter, TimeRangeFilter
from app.domain.saved_searches import Condition
from app.protocols.saved_searches import parse_saved_filter
from app.services.saved_searches import SavedSearches
from tests.builders import HOUR, NOON_NS
from tests.fakes import FakeClock, FlakyStateStore

SHOP = {"service": "shop"}


@pytest.fixture
def state() -> FlakyStateStore:
    return FlakyStateStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def saved(state: FlakyStateStore, clock: FakeClock) -> SavedSearches:
    return SavedSearches(state, parse_saved_filter, clock)


def test_what_was_saved_is_found_by_its_name(saved: SavedSearches) -> None:
    made, is_new = saved.save("late errors", SHOP, "of the shop")

    assert is_new
    assert saved.get("late errors") == made
    assert (made.parameters, made.description) == (SHOP, "of the shop")
    assert (made.created, made.updated) == (NOON_NS, NOON_NS)
    assert saved.get("others") is None


def test_all_are_listed_by_name(saved: SavedSearches) -> None:
    for name in ("b", "a", "ü"):
        saved.save(name, SHOP)

    assert [search.name for search in saved.all()] == ["a", "b", "ü"]


def test_saving_again_replaces_and_keeps_the_time_of_the_first(
    saved: SavedSearches, clock: FakeClock
) -> None:
    first, _ = saved.save("a", SHOP)
    clock.advance(hours=1)

    second, is_new = saved.save("a", {"service": "cart"})

    assert not is_new
    assert (second.created, second.updated) == (NOON_NS, NOON_NS + HOUR)
    assert second.parameters == {"service": "cart"}
    assert second.version != first.version


def test_its_filter_counts_times_from_now(saved: SavedSearches, clock: FakeClock) -> None:
    saved.save("a", {**SHOP, "start_time": "now-1h"})
    clock.advance(hours=5)

    assert saved.filter_of("a", clock()) == CompositeFilter(
        ServiceFilter("shop"), TimeRangeFilter(NOON_NS + 4 * HOUR)
    )


def test_the_filter_of_nothing_is_refused_by_the_name_of_the_parameter(
    saved: SavedSearches,
) -> None:
    with pytest.raises(
        InvalidQueryError, match=r"^saved: there is no saved search with the name 'a'"
    ):
        saved.filter_of("a", NOON_NS)


@pytest.mark.parametrize(
    "name", ["", "a/b", "a\nb", " a", "a ", ".", "..", "x" * 101, "\ud800", "\0"]
)
def test_a_name_that_is_none_is_refused(saved: SavedSearches, name: str) -> None:
    with pytest.raises(InvalidQueryError, match=r"^name: must have 1 to 100 printable characters"):
        saved.save(name, SHOP)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"level": "LOUD"}, "level"),
        ({"colour": "red"}, "colour"),
        ({"limit": "5"}, "limit"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"service": "x" * 8_193}, "service"),
        ({}, "parameters"),
        ({"service": ""}, "parameters"),
    ],
)
def test_what_a_search_would_refuse_is_not_saved(
    saved: SavedSearches, parameters: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidQueryError, match=f"^{field}: "):
        saved.save("a", parameters)

    assert saved.all() == []


def test_a_change_can_name_the_version_that_it_is_made_to(saved: SavedSearches) -> None:
    first, _ = saved.save("a", SHOP)
    second, _ = saved.save("a", {"service": "cart"}, condition=Condition(version=first.version))

    with pytest.raises(VersionConflictError, match="another version"):
        saved.save("a", SHOP, condition=Condition(version=first.version))
    with pytest.raises(VersionConflictError):
        saved.delete("a", Condition(version=first.version))
    assert saved.get("a") == second
    assert saved.delete("a", Condition(version=second.version))


def test_a_search_can_be_made_only_where_there_is_none(saved: SavedSearches) -> None:
    saved.save("a", SHOP, condition=Condition(must_be_new=True))

    with pytest.raises(VersionConflictError):
        saved.save("a", {"service": "cart"}, condition=Condition(must_be_new=True))
    with pytest.raises(VersionConflictError, match="has no search"):
        saved.save("b", SHOP, condition=Condition(must_exist=True))


def test_somebody_who_was_faster_is_seen(saved: SavedSearches, state: FlakyStateStore) -> None:
    first, _ = saved.save("a", SHOP)
    state.before_write = lambda: saved.save("a", {"service": "rival"})

    with pytest.raises(VersionConflictError):
        saved.save("a", {"service": "late"}, condition=Condition(version=first.version))

    state.before_write = lambda: saved.save("a", {"service": "rival"})
    without_condition, _ = saved.save("a", {"service": "last"})
    assert without_condition.parameters == {"service": "last"}


def test_a_deleted_search_is_gone_and_can_be_deleted_once(saved: SavedSearches) -> None:
    saved.save("a", SHOP)

    assert [saved.delete("a"), saved.delete("a")] == [True, False]
    assert saved.all() == []


def test_there_is_an_end_to_how_many_there_can_be(
    saved: SavedSearches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.saved_searches.MOST_SEARCHES", 2)
    saved.save("a", SHOP)
    saved.save("b", SHOP)

    with pytest.raises(InvalidQueryError, match="2 searches are saved already"):
        saved.save("c", SHOP)
    assert not saved.save("a", {"service": "cart"})[1]


def test_a_state_that_is_away_is_said(saved: SavedSearches, state: FlakyStateStore) -> None:
    state.is_away = True

    for ask in (saved.all, lambda: saved.filter_of("a", NOON_NS), lambda: saved.save("a", SHOP)):
        with pytest.raises(StoreUnavailableError):
            ask()
