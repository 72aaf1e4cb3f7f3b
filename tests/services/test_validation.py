"""What is stored whole and found again, and what is rejected with the field and the reason."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.draft import Draft
from app.domain.instants import MAX_INSTANT
from app.domain.outcomes import Outcome, Status
from app.services.pipeline.validation import RecordLimits, validate, validation
from tests.builders import draft


def nested(depth: int, *, inside: Any = 1) -> Any:
    """``inside`` within so many objects."""
    value = inside
    for _ in range(depth):
        value = {"a": value}
    return value


ACCEPTED: dict[str, Draft] = {
    "plain": draft(),
    "longest service": draft(service="s" * 256),
    "service of one sign": draft(service="ü"),
    "longest message": draft(message="x" * 1_048_576),
    "message of spaces": draft(message=" "),
    "NUL in the message": draft(message="a\0b"),
    "shortest id": draft("x"),
    "longest id": draft("ü" * 256),
    "the epoch": draft(at=0),
    "last instant": draft(at=MAX_INSTANT),
    "longest references": draft(correlation_id="c" * 256, trace_id="t" * 256, span_id="s" * 256),
    "deepest metadata": draft(metadata=nested(20)),
    "deepest array": draft(metadata=nested(19, inside=[1])),
    "longest path": draft(metadata={"a" * 1_022: {"b": 1}}),
    "nulls": draft(metadata={"a": None, "b": [None]}),
    "empty containers": draft(metadata={"a": {}, "b": [], "c": ""}),
    "whole numbers beyond 64 bits": draft(metadata={"a": 2**70}),
    "largest double": draft(metadata={"a": 1.7976931348623157e308}),
    "odd keys": draft(metadata={".": 1, "a..b": 2, " ": 3, "_id": 4, "*": 5}),
    "largest metadata": draft(metadata={"a": "x" * 1_048_575}),
    "an address of version 6": draft(source_ip="fe80::1"),
}

REFUSED: dict[str, tuple[Draft, str, str]] = {
    "no service": (draft(service=""), "service", "must have 1 to 256 characters"),
    "blank service": (draft(service=" \t"), "service", "must have 1 to 256 characters"),
    "long service": (draft(service="s" * 257), "service", "must have 1 to 256 characters"),
    "line break in service": (draft(service="a\nb"), "service", "control characters"),
    "NUL in service": (draft(service="a\0"), "service", "control characters"),
    "delete in service": (draft(service="\x7fa"), "service", "control characters"),
    "C1 control in service": (draft(service="a\x9bb"), "service", "control characters"),
    "surrogate in service": (draft(service="a\ud800"), "service", "lone surrogates"),
    "no message": (draft(message=""), "message", "must not be empty"),
    "long message": (draft(message="x" * 1_048_577), "message", "1048576 bytes"),
    "long message in bytes": (draft(message="ü" * 524_289), "message", "1048576 bytes"),
    "surrogate in message": (draft(message="\udfff"), "message", "lone surrogates"),
    "empty id": (draft(""), "id", "1 to 512 bytes"),
    "long id": (draft("x" * 513), "id", "1 to 512 bytes"),
    "long id in bytes": (draft("ü" * 257), "id", "1 to 512 bytes"),
    "surrogate in id": (draft("\ud800"), "id", "lone surrogates"),
    "before the epoch": (draft(at=-1), "timestamp", "1970-01-01"),
    "too late": (draft(at=MAX_INSTANT + 1), "timestamp", "2262-04-11"),
    "no correlation id": (draft(correlation_id=""), "correlation_id", "1 to 256"),
    "long trace id": (draft(trace_id="t" * 257), "trace_id", "1 to 256"),
    "surrogate in span id": (draft(span_id="\ud800"), "span_id", "lone surrogates"),
    "zone in the address": (draft(source_ip="fe80::1%eth0"), "source_ip", "zone"),
    "deep metadata": (draft(metadata=nested(21)), "metadata", "at most 20 deep"),
    "deep array": (draft(metadata=nested(20, inside=[1])), "metadata", "at most 20 deep"),
    "very deep": (draft(metadata=nested(5_000)), "metadata", "at most 20 deep"),
    "long path": (draft(metadata={"a" * 1_023: {"b": 1}}), "metadata", "1024 characters"),
    "empty key": (draft(metadata={"a": {"": 1}}), "metadata", "keys must not be empty"),
    "NUL in a key": (draft(metadata={"a\0": 1}), "metadata", "NUL"),
    "surrogate in a key": (draft(metadata={"\ud800": 1}), "metadata", "lone surrogates"),
    "surrogate in a value": (draft(metadata={"a": {"b": "\ud800"}}), "metadata.a.b", "lone"),
    "NaN": (draft(metadata={"a": [float("nan")]}), "metadata.a", "finite"),
    "infinity": (draft(metadata={"a": float("-inf")}), "metadata.a", "finite"),
    "beyond a double": (draft(metadata={"a": 10**400}), "metadata.a", "fit a double"),
    "large metadata": (draft(metadata={"a": "x" * 1_048_576}), "metadata", "1048576 bytes"),
    "many numbers": (draft(metadata={"a": [0] * 200_000}), "metadata", "1048576 bytes"),
}

NO_JSON: dict[str, tuple[Any, str]] = {
    "a date": ({"a": date(2026, 11, 24)}, "metadata.a"),
    "bytes": ({"a": {"b": b"x"}}, "metadata.a.b"),
    "a set": ({"a": [{1, 2}]}, "metadata.a"),
    "a complex number": ({"a": 1j}, "metadata.a"),
    "a key that is no text": ({1: "x"}, "metadata"),
}


@pytest.mark.parametrize("record", ACCEPTED.values(), ids=ACCEPTED)
def test_what_can_be_stored_passes_unchanged(record: Draft) -> None:
    assert validate(record) is record


@pytest.mark.parametrize(("record", "field", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_stored_is_rejected_with_field_and_reason(
    record: Draft, field: str, reason: str
) -> None:
    outcome = validate(record)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.field, outcome.id) == (Status.REJECTED, field, record.id)
    assert reason in (outcome.reason or "")


@pytest.mark.parametrize(("metadata", "field"), NO_JSON.values(), ids=NO_JSON)
def test_metadata_that_is_no_json_is_rejected(metadata: Any, field: str) -> None:
    outcome = validate(draft(metadata=metadata))

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.field) == (Status.REJECTED, field)


def test_metadata_that_contains_itself_is_rejected() -> None:
    endless: dict[str, Any] = {}
    endless["a"] = endless

    assert validate(draft(metadata=endless)) == Outcome.rejected(
        "must nest at most 20 deep", field="metadata", rule="max_nesting"
    )


MOST = RecordLimits(bytes=2_000, metadata_fields=3)
BEYOND: dict[str, tuple[Draft, str, str, str]] = {
    "keys": (
        draft(metadata=dict.fromkeys("abcd", 1)),
        "metadata",
        "at most 3 keys (LOGFEED_MAX_METADATA_FIELDS)",
        "max_metadata_fields",
    ),
    "keys inside": (
        draft(metadata={"a": [{"b": 1}, {"b": {"c": 1}}]}),
        "metadata",
        "at most 3 keys (LOGFEED_MAX_METADATA_FIELDS)",
        "max_metadata_fields",
    ),
    "bytes of the message": (
        draft(message="x" * 2_001),
        "message",
        "at most 2000 bytes together (LOGFEED_MAX_RECORD_BYTES)",
        "max_record_bytes",
    ),
    "bytes of the message, not ASCII": (
        draft(message="ü" * 1_001),
        "message",
        "at most 2000 bytes together (LOGFEED_MAX_RECORD_BYTES)",
        "max_record_bytes",
    ),
    "bytes of both": (
        draft(message="x" * 500, metadata={"a": "x" * 1_500}),
        "metadata",
        "at most 2000 bytes together (LOGFEED_MAX_RECORD_BYTES)",
        "max_record_bytes",
    ),
}


@pytest.mark.parametrize(("record", "field", "reason", "rule"), BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_a_limit_that_is_set_is_rejected_with_the_setting(
    record: Draft, field: str, reason: str, rule: str
) -> None:
    validate(record)  # what is remembered of its names changes nothing

    outcome = validation(MOST)(record)

    assert isinstance(outcome, Outcome)
    assert (outcome.field, outcome.rule) == (field, rule)
    assert reason in (outcome.reason or "")


@pytest.mark.parametrize(
    "record",
    [
        draft(metadata={"a": [{"b": 1}, {"b": 2}]}),
        draft(message="x" * 1_000, metadata={"a": "x" * 999}),
        draft(message="ü" * 500, metadata={"a": "x" * 999}),
    ],
    ids=["keys", "bytes", "bytes, not ASCII"],
)
def test_what_just_fits_the_limits_that_are_set_passes(record: Draft) -> None:
    assert validation(MOST)(record) is record


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**1030), 2**1030),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["x" * 600_000, "ü" * 300_000, "\ud800"]),
)
flat = st.dictionaries(
    st.text(max_size=5) | st.sampled_from(["known", "k" * 1_024, "k" * 1_025]), scalars, max_size=5
)


@given(flat, flat)
def test_a_record_is_judged_the_same_whatever_came_before_it(
    before: dict[str, Any], metadata: dict[str, Any]
) -> None:
    # A level deeper nothing is remembered, so that every check is made.
    validate(draft(metadata=before))

    outcome = validate(draft(metadata=metadata))
    deeper = validate(draft(metadata={"inner": [metadata]}))

    long_path = any(len(key) + len("inner.") > 1_024 for key in metadata)
    assert isinstance(outcome, Draft) == isinstance(deeper, Draft) or long_path


def test_new_keys_without_end_change_nothing() -> None:
    for number in range(10_000):
        assert isinstance(validate(draft(metadata={f"key-{number}": 1, "same": "x"})), Draft)
