"""Which metadata a field filter matches."""

from typing import Any

import pytest

from app.domain.filters import FieldExistsFilter, FieldFilter, FieldPrefixFilter, FieldRangeFilter
from app.domain.matching import matches
from tests.builders import entry


@pytest.mark.parametrize(
    ("wanted", "leaf", "is_match"),
    [
        ("paid", "paid", True),
        ("paid", "Paid", False),
        ("paid", "paid in full", False),
        ("", "", True),
        ("200", 200, True),
        ("200.0", 200, True),
        ("2e2", 200, True),
        ("200", 200.5, False),
        ("200", "200", True),
        ("200.0", "200", False),
        ("0200", 200, False),
        ("true", True, True),
        ("True", True, False),
        ("1", True, False),
        (200, 200, True),
        (200, 200.0, True),
        (200, "200", False),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (True, "true", True),
        (True, "True", False),
        (True, 1, False),
        (False, "false", True),
        (2**53 + 1, 2**53, True),
        (float("inf"), 2**70, False),
        ("null", None, False),
    ],
    ids=repr,
)
def test_a_leaf_equals_what_is_asked_for(wanted: Any, leaf: Any, is_match: bool) -> None:
    assert matches(FieldFilter("a", "eq", wanted), entry(metadata={"a": leaf})) is is_match


def test_a_text_is_found_by_its_value_up_to_4096_units() -> None:
    longest, too_long = "x" * 4_096, "x" * 4_097

    assert matches(FieldFilter("a", "eq", longest), entry(metadata={"a": longest}))
    assert not matches(FieldFilter("a", "eq", too_long), entry(metadata={"a": too_long}))


def test_a_number_beyond_a_double_equals_nothing() -> None:
    assert not matches(FieldFilter("a", "eq", 10**400), entry(metadata={"a": 10**400}))


@pytest.mark.parametrize(
    ("operator", "matching"),
    [("lt", [199.5]), ("lte", [199.5, 200]), ("gt", [201]), ("gte", [200, 201])],
)
def test_numbers_compare_in_order(operator: Any, matching: list[float]) -> None:
    found = [
        number
        for number in (199.5, 200, 201)
        if matches(FieldFilter("ms", operator, 200), entry(metadata={"ms": number}))
    ]

    assert found == matching


@pytest.mark.parametrize("leaf", ["300", True, None, {"deeper": 300}], ids=repr)
def test_order_sees_number_leaves_only(leaf: Any) -> None:
    assert not matches(FieldFilter("ms", "gt", 200), entry(metadata={"ms": leaf}))


@pytest.mark.parametrize(
    ("metadata", "is_match"),
    [
        ({"http": {"status": 500}}, True),
        ({"http.status": 500}, True),
        ({"http": {"status": [200, 500]}}, True),
        ({"http": [{"status": 200}, {"status": 500}]}, True),
        ({"http": {"status": {"code": 500}}}, False),
        ({"status": 500}, False),
        ({"HTTP": {"status": 500}}, False),
        ({}, False),
    ],
)
def test_a_path_is_keys_joined_by_dots_through_any_array(
    metadata: dict[str, Any], is_match: bool
) -> None:
    assert matches(FieldFilter("http.status", "eq", 500), entry(metadata=metadata)) is is_match


@pytest.mark.parametrize(
    ("metadata", "exists"),
    [
        ({"a": "text"}, True),
        ({"a": ""}, True),
        ({"a": 0}, True),
        ({"a": False}, True),
        ({"a": [None, 1]}, True),
        ({"a": None}, False),
        ({"a": []}, False),
        ({"a": {}}, False),
        ({"a": {"b": 1}}, False),
        ({"b": 1}, False),
        ({"a": "x" * 4_097}, False),
    ],
    ids=[
        "text",
        "empty text",
        "zero",
        "false",
        "in an array",
        "null",
        "empty array",
        "empty object",
        "a parent",
        "another",
        "too long to be indexed",
    ],
)
def test_a_field_exists_where_there_is_a_leaf(metadata: dict[str, Any], exists: bool) -> None:
    assert matches(FieldExistsFilter("a"), entry(metadata=metadata)) is exists


@pytest.mark.parametrize(
    ("low", "high", "leaf", "is_match"),
    [
        (1, 5, 1, True),
        (1, 5, 5.0, True),
        (1, 5, 5.1, False),
        (1, None, 10**30, True),
        (None, 5, -3, True),
        (1, 5, "3", False),
        (0, 1, True, False),
        (1, 5, [0, 9], False),
        (1, 5, [0, 3, 9], True),
        (1, 10**400, 3, False),
        ("b", "c", "bus", True),
        ("b", "c", "cup", False),
        ("b", None, "B", False),
        (None, "5", 42, True),
        ("4", "5", 42, True),
        ("t", "u", True, True),
        ("2026-01-01", "2026-12-31", "2026-11-24", True),
        ("x", None, "x" * 4_097, False),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_range_lies_between_numbers_or_texts(
    low: Any, high: Any, leaf: Any, is_match: bool
) -> None:
    assert matches(FieldRangeFilter("a", low, high), entry(metadata={"a": leaf})) is is_match


def test_a_range_may_exclude_its_bounds() -> None:
    inside = FieldRangeFilter("a", 1, 3, includes_low=False, includes_high=False)

    assert [n for n in (1, 2, 3) if matches(inside, entry(metadata={"a": n}))] == [2]


@pytest.mark.parametrize(
    ("prefix", "leaf", "is_match"),
    [
        ("web", "web-1", True),
        ("web", "Web-1", False),
        ("", "", True),
        ("4", 42, True),
        ("1e-7", 1e-7, True),
        ("tr", True, True),
        ("x", "x" * 4_097, False),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_leaf_begins_as_its_text_does(prefix: str, leaf: Any, is_match: bool) -> None:
    assert matches(FieldPrefixFilter("a", prefix), entry(metadata={"a": leaf})) is is_match
