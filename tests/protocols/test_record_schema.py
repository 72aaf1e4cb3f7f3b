"""What a record is: a table of what is taken, and of ugly input with the field named."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.draft import Draft, Malformed
from app.domain.levels import LogLevel
from app.protocols.record_schema import to_draft
from tests.builders import NOON_NS

LEAST = {"level": "INFO", "service": "api", "message": "started"}
PLAIN = Draft(level=LogLevel.INFO, service="api", message="started")


def record(**changes: Any) -> dict[str, Any]:
    return {**LEAST, **changes}


def test_level_service_and_message_are_enough() -> None:
    assert to_draft(LEAST) == PLAIN


def test_every_field_is_read() -> None:
    sent = record(
        level="error",
        id="mine",
        timestamp="2026-11-24T12:00:00.000000001Z",
        metadata={"a": {"b": [1, None, "x"]}},
        source_ip="10.0.0.7",
        correlation_id="c-1",
        trace_id="t-1",
        span_id="s-1",
    )

    assert to_draft(sent) == Draft(
        level=LogLevel.ERROR,
        service="api",
        message="started",
        id="mine",
        instant=NOON_NS + 1,
        metadata={"a": {"b": [1, None, "x"]}},
        source_ip="10.0.0.7",
        correlation_id="c-1",
        trace_id="t-1",
        span_id="s-1",
    )


def test_service_name_is_another_name_of_service() -> None:
    sent = {"level": "INFO", "service_name": "api", "message": "started"}

    assert to_draft(sent) == PLAIN
    assert to_draft(record(service_name="api")) == PLAIN


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"service_name": "db"}, "service_name", "differs from service; send one of the two"),
        ({"service_name": None}, "service_name", "differs from service; send one of the two"),
        ({"level": None}, "level", "must not be null"),
        ({"level": ""}, "level", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"level": "LOUD"}, "level", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"level": 9}, "level", "must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"level": True}, "level", "must be one of"),
        ({"level": 3.0}, "level", "must be one of"),
        ({"level": ["ERROR"]}, "level", "must be one of"),
        ({"level": {"name": "ERROR"}}, "level", "must be one of"),
        ({"service": None}, "service", "must be text"),
        ({"service": ""}, "service", "must have 1 to 256 characters"),
        ({"service": "s" * 257}, "service", "must have 1 to 256 characters"),
        ({"service": 7}, "service", "must be text"),
        ({"service": ["api"]}, "service", "must be text"),
        ({"message": None}, "message", "must be text"),
        ({"message": ""}, "message", "must have 1 to 1048576 characters"),
        ({"message": 12}, "message", "must be text"),
        ({"message": {"text": "x"}}, "message", "must be text"),
        ({"id": None}, "id", "must be text"),
        ({"id": 7}, "id", "must be text"),
        ({"id": ""}, "id", "must have 1 to 512 characters"),
        ({"id": "x" * 513}, "id", "must have 1 to 512 characters"),
        ({"timestamp": None}, "timestamp", "RFC 3339"),
        ({"timestamp": ""}, "timestamp", "RFC 3339"),
        ({"timestamp": "2026-11-24T12:00:00"}, "timestamp", "RFC 3339"),
        ({"timestamp": "now-15m"}, "timestamp", "RFC 3339"),
        ({"timestamp": True}, "timestamp", "RFC 3339"),
        ({"timestamp": [NOON_NS]}, "timestamp", "RFC 3339"),
        ({"timestamp": {}}, "timestamp", "RFC 3339"),
        ({"timestamp": float("inf")}, "timestamp", "RFC 3339"),
        ({"timestamp": -1}, "timestamp", "1970-01-01"),
        ({"timestamp": 2**70}, "timestamp", "2262-04-11"),
        ({"timestamp": "9999-12-31T23:59:59-01:00"}, "timestamp", "2262-04-11"),
        ({"timestamp": "2026-02-30T00:00:00Z"}, "timestamp", "no date"),
        ({"metadata": None}, "metadata", "must be a JSON object"),
        ({"metadata": []}, "metadata", "must be a JSON object"),
        ({"metadata": "a=b"}, "metadata", "must be a JSON object"),
        ({"metadata": 7}, "metadata", "must be a JSON object"),
        ({"source_ip": None}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": ""}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": 167772161}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": "10.0.0.256"}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": "010.0.0.1"}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": "10.0.0.0/8"}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": "10.0.0.1:80"}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": " 10.0.0.1"}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"source_ip": ["10.0.0.1"]}, "source_ip", "must be an IPv4 or IPv6 address"),
        ({"correlation_id": ""}, "correlation_id", "must have 1 to 256 characters"),
        ({"correlation_id": 7}, "correlation_id", "must be text"),
        ({"trace_id": "t" * 257}, "trace_id", "must have 1 to 256 characters"),
        ({"span_id": None}, "span_id", "must be text"),
        ({"hostname": "web-1"}, "hostname", "is no field of a record; put it into metadata"),
        ({"instant": 5}, "instant", "is no field of a record"),
        ({"": 1}, "", "is no field of a record"),
        ({"Level": "INFO"}, "Level", "is no field of a record"),
        ({"aaa": 1, "message": 7}, "message", "must be text"),
        ({"bbb": 1, "aaa": 1}, "aaa", "is no field of a record"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_ugly_input_is_refused_with_the_field_and_what_is_allowed(
    changes: dict[str, Any], field: str, reason: str
) -> None:
    refused = to_draft(record(**changes))

    assert isinstance(refused, Malformed)
    assert refused.field == field
    assert reason in refused.reason


@pytest.mark.parametrize("field", ["level", "service", "message"])
def test_a_field_that_is_required_is_missed(field: str) -> None:
    sent = {name: value for name, value in LEAST.items() if name != field}

    assert to_draft(sent) == Malformed("is missing", field)


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "text", [], [LEAST]], ids=repr)
def test_a_record_is_an_object(value: Any) -> None:
    assert to_draft(value) == Malformed("a record is a JSON object")


def test_what_could_not_be_decoded_passes_through() -> None:
    malformed = Malformed("the record is not valid UTF-8")

    assert to_draft(malformed) is malformed


def test_a_refused_record_keeps_its_id_so_that_the_sender_can_find_it() -> None:
    refused = to_draft(record(id="mine", level="LOUD"))

    assert isinstance(refused, Malformed)
    assert refused.id == "mine"


def test_a_record_is_not_changed_by_reading_it() -> None:
    sent = {"level": "INFO", "service_name": "api", "message": "m", "metadata": {"a": [1]}}

    to_draft(sent)

    assert sent == {"level": "INFO", "service_name": "api", "message": "m", "metadata": {"a": [1]}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*Draft.__struct_fields__, "service_name", "timestamp"])


@given(st.dictionaries(names | st.text(), json_values), st.booleans())
def test_any_json_is_a_draft_or_a_refusal_with_a_reason(
    sent: dict[str, Any], is_complete: bool
) -> None:
    result = to_draft({**sent, **LEAST} if is_complete else sent)

    assert isinstance(result, Draft) or result.reason
