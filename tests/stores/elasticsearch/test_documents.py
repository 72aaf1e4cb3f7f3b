"""Records as documents: what is written, and that it is read back the same."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.draft import Draft
from app.domain.entry import LogEntry
from app.domain.levels import LogLevel
from app.domain.metadata import leaf_text, leaves
from app.stores.elasticsearch.documents import (
    IngestSequence,
    encode,
    encode_number,
    from_hit,
    number_term,
    to_document,
)
from tests.builders import NOON_NS, entry
from tests.domain.strategies import entries
from tests.fakes import FakeClock

doubles = st.floats(allow_nan=False, allow_infinity=False)


def test_a_record_is_one_line_of_json() -> None:
    record = entry(
        "mine",
        at=NOON_NS + 7,
        level=LogLevel.ERROR,
        message="two\nlines",
        metadata={"n": 1, "text": "ü", "inner": {"n": [2.5, None]}, "flag": True},
        source_ip="10.0.0.7",
        correlation_id="c",
        trace_id="t",
        span_id="s",
    )

    source = encode(to_document(record, 5))

    assert b"\n" not in source
    assert json.loads(source) == {
        "timestamp": "2026-11-24T12:00:00.000000007Z",
        "level": "ERROR",
        "service": "checkout",
        "message": "two\nlines",
        "ingest_sequence": 5,
        "metadata": {"n": 1, "text": "ü", "inner": {"n": [2.5, None]}, "flag": True},
        "numbers": ["n\x00bff0", "inner.n\x00c004"],
        "source_ip": "10.0.0.7",
        "correlation_id": "c",
        "trace_id": "t",
        "span_id": "s",
    }


def test_what_a_record_does_not_have_is_not_written() -> None:
    assert json.loads(encode(to_document(entry(), 5))).keys() == {
        "timestamp",
        "level",
        "service",
        "message",
        "ingest_sequence",
    }


@pytest.mark.parametrize(
    ("metadata", "numbers"),
    [
        ({"a": "1", "b": True, "c": None}, None),
        ({"a": 1}, ["a\x00bff0"]),
        ({"a": 0.1}, ["a\x00bfb999999999999a"]),
        ({"a": -1.0}, ["a\x00400fffffffffffff"]),
        ({"a": 0, "b": -0.0}, ["a\x0080", "b\x0080"]),
        ({"a": None, "b": 1}, ["b\x00bff0"]),
        ({"a": [1, 1]}, ["a\x00bff0"] * 2),
        ({"a.b": 1, "a": {"b": 0}}, ["a.b\x00bff0", "a.b\x0080"]),
    ],
    ids=repr,
)
def test_numbers_are_written_again_so_that_they_sort(
    metadata: dict[str, Any], numbers: list[str] | None
) -> None:
    source = json.loads(encode(to_document(entry(metadata=metadata), 5)))

    assert source.get("numbers") == numbers


@given(entries)
def test_every_number_is_found_under_its_path(record: LogEntry) -> None:
    written = json.loads(encode(to_document(record, 5))).get("numbers", [])

    assert sorted(written) == sorted(
        number_term(path, encode_number(leaf) or "")
        for path, leaf in leaves(record.metadata)
        if not isinstance(leaf, str | bool)
    )


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("from 10.0.0.1: disk full", None),
        ("a.b of user_id = 7", ["a b of", "user id = 7"]),
    ],
)
def test_parts_of_joined_words_are_written_beside_the_message(
    message: str, parts: list[str] | None
) -> None:
    source = json.loads(encode(to_document(entry(message=message), 5)))

    assert (source["message"], source.get("parts")) == (message, parts)


@given(doubles | st.floats(1e-8, 1e-2) | st.integers(-(2**70), 2**70) | st.booleans())
def test_a_number_or_flag_is_searched_by_the_text_that_is_written(leaf: float) -> None:
    assert leaf_text(leaf) == encode(leaf).decode()


@given(entries)
def test_a_record_is_read_back_the_same(record: LogEntry) -> None:
    assert (
        from_hit({"_id": record.id, "_source": json.loads(encode(to_document(record, 5)))})
        == record
    )


@given(entries)
def test_the_record_of_a_draft_is_written_like_any_other(record: LogEntry) -> None:
    draft = Draft(
        record.level,
        record.service,
        record.message,
        record.id,
        record.timestamp_ns,
        record.metadata,
        record.given_source_ip,
        record.correlation_id,
        record.trace_id,
        record.span_id,
    )

    assert encode(to_document(LogEntry.of_draft(draft), 5)) == encode(to_document(record, 5))


@given(doubles | st.integers(-(2**70), 2**70), doubles | st.integers(-(2**70), 2**70))
def test_encoded_numbers_sort_as_the_doubles_do(one: float, other: float) -> None:
    first, second = encode_number(one), encode_number(other)

    assert first is not None
    assert second is not None
    assert (first < second, first == second) == (
        float(one) < float(other),
        float(one) == float(other),
    )
    assert number_term("n", "") < number_term("n", first) < "n\1"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**400, -(10**400)], ids=repr)
def test_what_is_no_double_is_not_encoded(value: float) -> None:
    assert encode_number(value) is None


def test_whole_numbers_of_any_size_are_kept() -> None:
    assert encode({"a": 2**70}) == b'{"a":1180591620717411303424}'


def test_sequences_rise_though_the_clock_stands() -> None:
    sequence = IngestSequence(FakeClock(NOON_NS))

    assert [sequence.take(3), sequence.take(1), sequence.take(2)] == [
        NOON_NS,
        NOON_NS + 3,
        NOON_NS + 4,
    ]
