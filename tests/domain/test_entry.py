"""The record: immutable, in UTC, exact to the nanosecond."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given

from app.domain.draft import Draft
from app.domain.entry import LogEntry, split_instant
from app.domain.errors import InvalidRecordError
from app.domain.levels import LogLevel
from app.domain.metadata import thaw
from tests.builders import NOON, NOON_NS, entry
from tests.domain.strategies import any_instants


def log_entry(**changes: Any) -> LogEntry:
    fields = {"id": "1", "timestamp": NOON, "level": LogLevel.INFO, "service": "a", "message": "m"}
    return LogEntry(**{**fields, **changes})


def test_no_field_can_be_changed() -> None:
    record = entry()

    with pytest.raises(FrozenInstanceError):
        record.message = "changed"  # type: ignore[misc]


def test_metadata_cannot_be_changed_through_the_record() -> None:
    record = entry(metadata={"tags": {"a": 1}})

    with pytest.raises(TypeError):
        record.metadata["tags"]["a"] = 2  # type: ignore[index]


@pytest.mark.parametrize("wrap", [dict, MappingProxyType], ids=["dict", "read-only view"])
def test_metadata_cannot_be_changed_through_what_was_given(wrap: Any) -> None:
    tags = ["a"]
    record = log_entry(metadata=wrap({"tags": tags}))

    tags.append("b")

    assert thaw(record.metadata) == {"tags": ["a"]}


def test_a_timestamp_is_kept_in_utc() -> None:
    record = log_entry(timestamp=datetime(2026, 11, 24, 7, tzinfo=timezone(timedelta(hours=-5))))

    assert record.timestamp == NOON
    assert record.timestamp.tzinfo is UTC


@given(any_instants)
def test_nanoseconds_are_kept(instant: int) -> None:
    assert entry(at=instant).timestamp_ns == instant


def test_nanoseconds_stand_beside_the_microseconds() -> None:
    assert split_instant(NOON_NS + 1_234) == (NOON + timedelta(microseconds=1), 234)


def test_two_records_with_the_same_fields_are_equal() -> None:
    assert entry("1", metadata={"a": [1]}) == entry("1", metadata={"a": [1]})
    assert hash(entry("1")) == hash(entry("1"))


def test_two_records_that_differ_in_one_nanosecond_are_not_equal() -> None:
    assert entry(at=NOON_NS) != entry(at=NOON_NS + 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 513}, "id"),
        ({"id": "ü" * 257}, "id"),
        ({"timestamp": datetime(2026, 11, 24, 12)}, "timestamp"),  # noqa: DTZ001
        ({"timestamp": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)}, "timestamp"),
        ({"timestamp": datetime(2262, 4, 12, tzinfo=UTC)}, "timestamp"),
        ({"timestamp": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "timestamp"),
        ({"timestamp": datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))}, "timestamp"),
        ({"nanosecond": -1}, "nanosecond"),
        ({"nanosecond": 1_000}, "nanosecond"),
    ],
    ids=[
        "no id",
        "long id",
        "long id in bytes",
        "naive time",
        "before 1970",
        "after 2262",
        "before year 1 in UTC",
        "after year 9999 in UTC",
        "negative nanosecond",
        "a microsecond of nanoseconds",
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRecordError) as caught:
        log_entry(**changes)

    assert caught.value.field == field


def test_the_longest_id_has_512_bytes() -> None:
    assert log_entry(id="ü" * 256).id == "ü" * 256


def test_the_record_of_a_checked_draft_is_the_record_of_its_fields() -> None:
    fields: dict[str, Any] = {
        "level": LogLevel.ERROR,
        "service": "a",
        "message": "m",
        "metadata": {"tags": ["a", {"b": 1}]},
        "source_ip": ip_address("10.0.0.7"),
        "correlation_id": "c",
        "trace_id": "t",
        "span_id": "s",
    }

    made = LogEntry.of_draft(
        Draft(id="1", instant=NOON_NS + 1_234, **{**fields, "source_ip": "10.0.0.7"})
    )

    later, nanosecond = NOON + timedelta(microseconds=1), 234
    assert made == LogEntry(id="1", timestamp=later, nanosecond=nanosecond, **fields)
    assert repr(made) == repr(LogEntry("1", later, nanosecond=nanosecond, **fields))
    assert (made.timestamp, made.nanosecond) == (later, nanosecond)


def test_the_record_of_a_draft_cannot_be_changed_either() -> None:
    given: dict[str, Any] = {"tags": {"a": [1]}}
    record = LogEntry.of_draft(Draft(LogLevel.INFO, "a", "m", "1", 0, given))

    with pytest.raises(FrozenInstanceError):
        record.message = "changed"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del record.message
    with pytest.raises(FrozenInstanceError):
        record.colour = "red"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        record.metadata["tags"]["a"] = 2  # type: ignore[index]
    assert record.metadata is record.metadata
    assert record.given_metadata is given


def test_a_record_is_shown_with_its_fields() -> None:
    assert repr(log_entry(metadata={"a": 1})).startswith("LogEntry(id='1', timestamp=datetime.")
    assert log_entry() != "1"
