"""One record through ``ingest_log``."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from app.domain.errors import InvalidRecordError, StoreUnavailableError
from app.domain.levels import LogLevel
from tests.builders import NOON, NOON_NS, entry
from tests.services.bench import Bench


def test_level_message_and_service_are_enough(bench: Bench) -> None:
    log_id = bench.service.ingest_log(LogLevel.ERROR, "Database failed", "user-service")

    assert log_id == "id-1"
    assert bench.service.get_log("id-1") == entry(
        "id-1",
        at=NOON_NS,
        level=LogLevel.ERROR,
        message="Database failed",
        service="user-service",
    )


def test_every_other_field_is_given_by_name(bench: Bench) -> None:
    log_id = bench.service.ingest_log(
        LogLevel.INFO,
        "paid",
        "checkout",
        id="mine",
        timestamp=NOON - timedelta(hours=1),
        metadata={"order": {"total": 12.5}},
        source_ip="10.0.0.7",
        correlation_id="c-1",
        trace_id="t-1",
        span_id="s-1",
    )

    assert log_id == "mine"
    assert bench.service.get_log("mine") == entry(
        "mine",
        at=NOON_NS - 3_600_000_000_000,
        message="paid",
        metadata={"order": {"total": 12.5}},
        source_ip="10.0.0.7",
        correlation_id="c-1",
        trace_id="t-1",
        span_id="s-1",
    )


def test_an_address_may_be_an_object_or_text(bench: Bench) -> None:
    given: list[Any] = ["2001:db8::1", ip_address("2001:db8::1")]

    ids = [bench.service.ingest_log(LogLevel.INFO, "m", "s", source_ip=ip) for ip in given]

    stored = [bench.service.get_log(log_id or "") for log_id in ids]
    assert [record and record.source_ip for record in stored] == [ip_address("2001:db8::1")] * 2


def test_none_is_as_good_as_not_given(bench: Bench) -> None:
    fields = dict.fromkeys(
        ("id", "timestamp", "metadata", "source_ip", "correlation_id", "trace_id", "span_id")
    )

    log_id = bench.service.ingest_log(LogLevel.INFO, "m", "s", **fields)

    assert bench.service.get_log(log_id or "") == entry("id-1", message="m", service="s")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"level": "ERROR"}, "level"),
        ({"level": None}, "level"),
        ({"message": b"bytes"}, "message"),
        ({"message": ""}, "message"),
        ({"service": None}, "service"),
        ({"service": " "}, "service"),
        ({"id": 7}, "id"),
        ({"timestamp": "2026-11-24T12:00:00Z"}, "timestamp"),
        ({"timestamp": NOON.replace(tzinfo=None)}, "timestamp"),
        ({"timestamp": NOON.replace(year=1969)}, "timestamp"),
        ({"metadata": [1]}, "metadata"),
        ({"metadata": {"a": {1, 2}}}, "metadata.a"),
        ({"source_ip": "10.0.0"}, "source_ip"),
        ({"source_ip": 167_772_161}, "source_ip"),
        ({"trace_id": 7}, "trace_id"),
        ({"hostname": "web-1"}, "hostname"),
    ],
    ids=str,
)
def test_a_record_that_breaks_a_rule_raises_with_the_field(
    bench: Bench, fields: dict[str, Any], field: str
) -> None:
    record = {"level": LogLevel.INFO, "message": "m", "service": "s", **fields}

    with pytest.raises(InvalidRecordError) as caught:
        bench.service.ingest_log(**record)

    assert caught.value.field == field
    assert "must" in caught.value.reason or "is no field" in caught.value.reason
    assert bench.service.get_stats().total == 0


def test_a_dropped_record_has_no_id(bench: Bench) -> None:
    assert bench.service.ingest_log(LogLevel.DEBUG, "m", "s") is None


def test_a_record_sent_twice_is_stored_once(bench: Bench) -> None:
    ids = [bench.service.ingest_log(LogLevel.INFO, "m", "s", id="mine") for _ in range(2)]

    assert ids == ["mine", "mine"]
    assert bench.service.get_stats().total == 1


def test_a_store_that_is_away_raises(bench: Bench) -> None:
    bench.store.is_away = True

    with pytest.raises(StoreUnavailableError, match="the store is away"):
        bench.service.ingest_log(LogLevel.INFO, "m", "s")
