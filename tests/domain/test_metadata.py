"""Metadata: read-only JSON, seen as leaves."""

import json
from types import MappingProxyType

import pytest
from hypothesis import given

from app.domain.metadata import (
    JsonValue,
    freeze,
    is_indexed_text,
    leaves,
    parse_number,
    thaw,
    to_double,
)
from tests.domain.strategies import json_values


def test_frozen_metadata_is_read_only_all_the_way_down() -> None:
    frozen = freeze({"a": {"b": [{"c": 1}]}})

    assert frozen == MappingProxyType({"a": MappingProxyType({"b": (MappingProxyType({"c": 1}),)})})


def test_freezing_copies() -> None:
    given = {"a": [1]}

    frozen = freeze(given)
    given["a"].append(2)

    assert thaw(frozen) == {"a": [1]}


@given(json_values)
def test_thawing_gives_back_what_was_frozen(value: JsonValue) -> None:
    assert json.dumps(thaw(freeze(value))) == json.dumps(value)


@pytest.mark.parametrize(
    ("metadata", "found"),
    [
        ({}, []),
        ({"a": 1}, [("a", 1)]),
        ({"a": {"b": {"c": "x"}}}, [("a.b.c", "x")]),
        ({"a.b": 1, "a": {"b": 2}}, [("a.b", 1), ("a.b", 2)]),
        ({"a": [1, [2, {"b": 3}]]}, [("a", 1), ("a", 2), ("a.b", 3)]),
        ({"a": None, "b": [None], "c": {}, "d": []}, []),
        ({"a": False, "b": ""}, [("a", False), ("b", "")]),
    ],
    ids=["none", "top", "nested", "dotted key", "array", "nulls", "falsy"],
)
def test_leaves_are_scalars_under_dotted_paths(
    metadata: dict[str, JsonValue], found: list[tuple[str, JsonValue]]
) -> None:
    assert list(leaves(metadata)) == found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("200", 200.0),
        ("1.50", 1.5),
        ("2e3", 2_000.0),
        ("-1E-2", -0.01),
        ("", None),
        ("007", None),
        ("+1", None),
        (".5", None),
        ("1.", None),
        ("0x10", None),
        (" 1", None),
        ("1_000", None),
        ("\u0661", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e999", None),
        ("1\n", None),
    ],
    ids=repr,
)
def test_a_text_is_a_number_by_the_grammar_of_json(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("value", "double"),
    [
        (1, 1.0),
        (2**53 + 1, 9_007_199_254_740_992.0),
        (10**400, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
    ids=["small", "rounded", "too large", "infinite", "no number"],
)
def test_a_number_is_compared_as_a_double_if_it_fits_one(
    value: float, double: float | None
) -> None:
    assert to_double(value) == double


@pytest.mark.parametrize(
    ("text", "is_indexed"),
    [("x" * 4_096, True), ("x" * 4_097, False), ("😀" * 2_048, True), ("😀" * 2_049, False)],
    ids=["longest", "too long", "longest of pairs", "too long of pairs"],
)
def test_filters_see_texts_up_to_4096_utf16_units(text: str, is_indexed: bool) -> None:
    assert is_indexed_text(text) is is_indexed
