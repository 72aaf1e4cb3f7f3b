"""Cursors as text: they go through an address unchanged, or are refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidQueryError
from app.domain.filters import EVERYTHING, CompositeFilter, ServiceFilter, TimeRangeFilter
from app.domain.reading import Position
from app.protocols.cursors import Cursor, digest_of, from_text, to_text
from tests.builders import NOON_NS

NANOS = st.integers(-(2**63), 2**63 - 1)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: len(text.encode()) <= 512
)
CURSORS = st.builds(
    Cursor,
    now=NANOS,
    digest=st.binary(min_size=8, max_size=8),
    after=st.none() | st.builds(Position, NANOS, NANOS, IDS),
    total=st.none() | st.integers(0, 2**40),
    is_total_exact=st.booleans(),
    last_sequence=st.none() | NANOS,
)
SOME = Cursor(NOON_NS, b"12345678", Position(NOON_NS, 7, "order-17"), 12, False, 99)


@given(CURSORS)
def test_a_cursor_is_what_it_was_after_its_way_through_an_address(cursor: Cursor) -> None:
    text = to_text(cursor)

    assert from_text(text) == cursor
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,800}", text)


@given(st.data())
def test_a_cursor_that_was_altered_is_refused(data: st.DataObject) -> None:
    text = to_text(SOME)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("AZaz09-_ =é").filter(lambda sign: sign != text[at]))

    with pytest.raises(InvalidQueryError, match="cursor: is not one"):
        from_text(text[:at] + other + text[at + 1 :])


@pytest.mark.parametrize(
    "text",
    ["x", "AAAA", "é", "\0", "a" * 10_000, to_text(SOME)[:-1], to_text(SOME) + "A", "====", "💥"],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        from_text(text)

    assert caught.value.field == "cursor"


@pytest.mark.parametrize(
    ("filter", "newest_first"),
    [
        (CompositeFilter(ServiceFilter("shop")), False),
        (CompositeFilter(ServiceFilter("Shop")), True),
        (CompositeFilter(ServiceFilter("shop"), TimeRangeFilter(1, None)), True),
        (EVERYTHING, True),
    ],
)
def test_a_cursor_goes_on_with_its_own_search_only(
    filter: CompositeFilter, newest_first: bool
) -> None:
    asked = CompositeFilter(ServiceFilter("shop"))
    cursor = Cursor(NOON_NS, digest_of(asked, True))
    cursor.check(asked, True)

    with pytest.raises(InvalidQueryError, match="cursor: belongs to another search"):
        cursor.check(filter, newest_first)
