"""The JSON that Logfeed answers with."""

import json

from hypothesis import given

from app.domain.entry import LogEntry
from app.domain.levels import LogLevel
from app.domain.outcomes import Outcome, tally
from app.domain.query import Stats
from app.protocols.record_schema import to_draft
from app.protocols.rest import dump_entry, dump_outcomes, dump_stats
from tests.builders import NOON, NOON_NS, draft, entry
from tests.domain.strategies import entries


def test_a_record_has_all_its_fields_and_null_for_what_it_has_not() -> None:
    assert dump_entry(entry("1", at=NOON_NS + 1)) == {
        "id": "1",
        "timestamp": "2026-11-24T12:00:00.000000001Z",
        "level": "INFO",
        "service": "checkout",
        "message": "payment accepted",
        "metadata": {},
        "source_ip": None,
        "correlation_id": None,
        "trace_id": None,
        "span_id": None,
    }


def test_metadata_and_addresses_are_plain_json() -> None:
    shown = dump_entry(entry(metadata={"a": {"b": [1, None]}}, source_ip="2001:db8::1"))

    assert json.loads(json.dumps(shown))["metadata"] == {"a": {"b": [1, None]}}
    assert shown["source_ip"] == "2001:db8::1"


@given(entries)
def test_a_record_that_is_sent_back_as_it_was_shown_is_the_same_record(record: LogEntry) -> None:
    shown = {name: value for name, value in dump_entry(record).items() if value is not None}

    assert to_draft(shown) == draft(
        record.id,
        at=record.timestamp_ns,
        level=record.level,
        service=record.service,
        message=record.message,
        metadata=shown["metadata"],
        source_ip=shown.get("source_ip"),
        correlation_id=record.correlation_id,
        trace_id=record.trace_id,
    )


def test_stats_name_every_level() -> None:
    stats = Stats(
        total=3,
        by_level={LogLevel.ERROR: 3},
        by_service={"api": 2, "db": 1},
        first=NOON,
        last=NOON.replace(hour=13),
    )

    assert dump_stats(stats) == {
        "total": 3,
        "by_level": {"DEBUG": 0, "INFO": 0, "WARNING": 0, "ERROR": 3, "CRITICAL": 0},
        "by_service": {"api": 2, "db": 1},
        "first": "2026-11-24T12:00:00.000Z",
        "last": "2026-11-24T13:00:00.000Z",
    }


def test_stats_of_nothing_have_no_first_and_no_last() -> None:
    shown = dump_stats(Stats())

    assert (shown["total"], shown["first"], shown["last"]) == (0, None, None)


def test_each_outcome_is_shown_in_its_place_with_what_it_has() -> None:
    outcomes = [
        Outcome.created("1"),
        Outcome.duplicate("2"),
        Outcome.dropped("min_level"),
        Outcome.rejected("must be text", field="message"),
        Outcome.failed("the store is away", id="5"),
    ]

    assert dump_outcomes(outcomes, tally(outcomes)) == {
        "counts": {
            "created": 1,
            "duplicate": 1,
            "accepted": 0,
            "dropped": 1,
            "rejected": 1,
            "failed": 1,
        },
        "results": [
            {"index": 0, "status": "created", "log_id": "1"},
            {"index": 1, "status": "duplicate", "log_id": "2"},
            {"index": 2, "status": "dropped", "rule": "min_level"},
            {"index": 3, "status": "rejected", "field": "message", "reason": "must be text"},
            {"index": 4, "status": "failed", "log_id": "5", "reason": "the store is away"},
        ],
    }
