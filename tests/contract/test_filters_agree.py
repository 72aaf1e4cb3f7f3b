"""The law of the filter tree: every store returns exactly what the Python predicate matches."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.filters import (
    EVERYTHING,
    CompositeFilter,
    FieldFilter,
    FieldOperator,
    FieldRangeFilter,
    Filter,
)
from app.domain.matching import matches
from app.domain.metadata import JsonValue
from app.domain.ports import DatabaseInterface
from app.domain.query import Query
from tests import builders
from tests.contract import generated

#: One store serves all examples of a test: what is generated adds up, and is kept here beside it.
ON_ONE_STORE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def ids(entries: list[LogEntry]) -> list[str]:
    return sorted(entry.id for entry in entries)


def test_a_store_finds_exactly_what_the_predicate_matches(store: DatabaseInterface) -> None:
    stored: list[LogEntry] = []

    @ON_ONE_STORE
    @given(
        st.lists(generated.entries(), min_size=1, max_size=8),
        st.lists(generated.filters, min_size=1, max_size=8),
    )
    def law(entries: list[LogEntry], filters: list[Filter]) -> None:
        assert [outcome.id for outcome in store.append(entries)] == [entry.id for entry in entries]
        stored.extend(entries)
        store.refresh()
        for wanted in filters:
            page = store.search(Query(wanted, limit=1_000))
            expected = [entry for entry in stored if matches(wanted, entry)]
            assert (ids(list(page.entries)), page.total) == (ids(expected), len(expected))
            assert store.count(wanted) == len(expected)
            stats = store.stats(wanted)
            assert stats.total == len(expected)
            assert stats.first == min((e.timestamp for e in expected), default=None)
            assert stats.last == max((e.timestamp for e in expected), default=None)

    law()


def test_a_record_comes_back_as_it_went_in(store: DatabaseInterface) -> None:
    @ON_ONE_STORE
    @given(st.lists(generated.entries(), min_size=1, max_size=20))
    def law(entries: list[LogEntry]) -> None:
        store.append(entries)
        store.refresh()
        found = {entry.id: entry for entry in store.search(Query(EVERYTHING, limit=1_000)).entries}
        for entry in entries:
            assert store.get(entry.id) == entry
            assert found[entry.id] == entry

    law()


def test_composing_nothing_matches_everything(store: DatabaseInterface) -> None:
    assert store.count(CompositeFilter()) == 0


def test_ids_that_share_a_double_are_told_apart(store: DatabaseInterface) -> None:
    wanted = 1_234_567_890_123_456_789
    leaves: list[JsonValue] = [
        wanted,
        wanted - 1,
        wanted + 1,
        f"{wanted}",
        float(wanted),
        f"{float(wanted)!r}",
        -wanted,
    ]
    store.append([builders.entry(f"{n}", metadata={"id": it}) for n, it in enumerate(leaves)])
    store.refresh()

    def found(value: str | float) -> list[str]:
        page = store.search(Query(FieldFilter("id", "eq", value)))
        return ids(list(page.entries))

    assert found(f"{wanted}") == ["0", "3", "4"]
    assert found(f"{wanted + 1}") == ["2", "4"]
    assert found(f"-{wanted}") == ["6"]
    # What is given as a number is a double, as JSON has it.
    assert found(float(wanted)) == ["0", "1", "2", "4"]


def test_an_open_side_of_a_range_leaves_nothing_out(store: DatabaseInterface) -> None:
    store.append([builders.entry("empty", metadata={"a": ""}), builders.entry("none")])
    store.refresh()

    for includes_low in (True, False):
        wanted = FieldRangeFilter("a", None, "m", includes_low=includes_low)
        assert ids(list(store.search(Query(wanted)).entries)) == ["empty"]


@pytest.mark.parametrize(
    ("operator", "bound"), [("gt", -1e300), ("gte", -1), ("lt", 1e300), ("lte", 7)]
)
def test_an_order_comparison_sees_the_numbers_of_its_own_path_only(
    store: DatabaseInterface, operator: FieldOperator, bound: float
) -> None:
    paths = ("n", "n.n", "n\x01", "n.", "nn", "N", "m", "o")
    store.append([builders.entry(f"at {path}", metadata={path: 7}) for path in paths])
    store.refresh()

    found = store.search(Query(FieldFilter("n", operator, bound))).entries

    assert ids(list(found)) == ["at n"]
