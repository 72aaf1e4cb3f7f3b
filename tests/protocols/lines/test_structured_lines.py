"""Lines whose values have names: what becomes of each of them."""

from typing import Any

import orjson
import pytest

from tests.protocols.lines.reading import read

STAMP = {"time": "2024-01-02T03:04:05Z"}


def one(values: dict[str, Any]) -> dict[str, Any]:
    (record,) = read(orjson.dumps(values))
    return record


@pytest.mark.parametrize(
    ("key", "value", "level"),
    [
        ("level", "warn", "WARNING"),
        ("severity", "CRITICAL", "CRITICAL"),
        ("lvl", "dbg", "DEBUG"),
        ("level", 10, "DEBUG"),
        ("level", 30, "INFO"),
        ("level", 40, "WARNING"),
        ("level", 50, "ERROR"),
        ("level", 60, "CRITICAL"),
        ("level", 3, "ERROR"),
        ("PRIORITY", "4", "WARNING"),
        ("severityNumber", 9, "INFO"),
        ("severityNumber", 17, "ERROR"),
        ("severityNumber", 24, "CRITICAL"),
        ("level", "Metadata", "INFO"),
        ("level", True, "INFO"),
        ("level", None, "INFO"),
    ],
)
def test_the_level_by_word_or_number(key: str, value: Any, level: str) -> None:
    assert one({**STAMP, "msg": "m", key: value})["level"] == level


@pytest.mark.parametrize("value", ["Metadata", {"a": 1}, [1]])
def test_a_level_that_is_none_stays_in_the_metadata(value: Any) -> None:
    assert one({**STAMP, "msg": "m", "level": value})["metadata"]["level"] == value


@pytest.mark.parametrize(
    ("value", "timestamp"),
    [
        (1_704_164_645, "2024-01-02T03:04:05.000Z"),
        (1_704_164_645.25, "2024-01-02T03:04:05.250Z"),
        (1_704_164_645_123, "2024-01-02T03:04:05.123Z"),
        ("1704164645123456", "2024-01-02T03:04:05.123456Z"),
        ("1704164645123456789", "2024-01-02T03:04:05.123456789Z"),
        ("2024-01-02 03:04:05,123", "2024-01-02T03:04:05.123Z"),
        ("02/Jan/2024:03:04:05 +0100", "2024-01-02T02:04:05.000Z"),
        ({"$date": "2024-01-02T03:04:05.123+01:00"}, "2024-01-02T02:04:05.123Z"),
        ({"$date": {"$numberLong": "1704164645123"}}, "2024-01-02T03:04:05.123Z"),
        ({"epochSecond": 1_704_164_645, "nanoOfSecond": 7}, "2024-01-02T03:04:05.000000007Z"),
    ],
)
def test_the_time_in_any_form(value: Any, timestamp: str) -> None:
    assert one({"timestamp": value, "msg": "m"})["timestamp"] == timestamp


@pytest.mark.parametrize("value", [12.5, "soon", True, {"a": 1}, "2024-02-30 00:00:00"])
def test_what_is_no_time_stays_in_the_metadata(value: Any) -> None:
    record = one({"ts": value, "msg": "m"})

    assert record["timestamp"] == "2026-11-24T12:00:00.000Z"
    assert (
        record["metadata"]["ts"] == orjson.loads(orjson.dumps(value)) if value != 10**30 else True
    )


def test_the_surest_of_several_names_counts_and_the_others_are_kept() -> None:
    record = one({**STAMP, "@timestamp": "2020-01-01T00:00:00Z", "message": "m", "msg": "other"})

    assert record["timestamp"] == "2020-01-01T00:00:00.000Z"
    assert record["message"] == "m"
    assert record["metadata"] == {"time": "2024-01-02T03:04:05Z", "msg": "other"}


def test_references_and_addresses_have_their_fields() -> None:
    record = one(
        {
            **STAMP, "msg": "m", "trace_id": "t", "spanId": "s", "requestId": 17,
            "client": {"ip": "192.0.2.1"}, "remote_addr": "no address",
        }
    )  # fmt: skip

    assert record["trace_id"] == "t"
    assert record["span_id"] == "s"
    assert record["correlation_id"] == "17"
    assert record["source_ip"] == "192.0.2.1"
    assert record["metadata"] == {"remote_addr": "no address"}


def test_a_line_without_a_message_is_its_own() -> None:
    record = one({**STAMP, "event_type": "alert", "n": 1})

    assert record["message"] == '{"time":"2024-01-02T03:04:05Z","event_type":"alert","n":1}'
    assert record["metadata"] == {"event_type": "alert", "n": 1}


def test_what_the_store_could_not_hold_is_kept_as_text() -> None:
    deep: Any = 1
    for _ in range(30):
        deep = {"a": deep}

    metadata = one({**STAMP, "msg": "m", "deep": deep, "": 1, "k\0": 2})["metadata"]

    assert metadata["_"] == 1
    assert metadata["k\ufffd"] == 2
    assert '{"a":{"a":' in str(metadata["deep"])


def test_bytes_of_the_journal_are_text() -> None:
    assert one({"MESSAGE": [104, 255, 105], "PRIORITY": "6"})["message"] == "h\ufffdi"


@pytest.mark.parametrize(
    "line",
    [
        "a=1 b=2",
        "the answer is level=info",
        "level=info just a sentence with one pair in it",
        'level=info msg="no end',
        "SELECT * FROM t WHERE a=1",
    ],
)
def test_a_sentence_with_an_equals_sign_is_no_logfmt(line: str) -> None:
    (record,) = read(line)

    assert record["message"] == line


def test_values_of_logfmt_keep_their_kind() -> None:
    (record,) = read('level=info msg="a \\"b\\"\\nc" n=5 f=1.5 id=007 done flag=')

    assert record["message"] == 'a "b"\nc'
    assert record["metadata"] == {"n": 5, "f": 1.5, "id": "007", "done": True, "flag": ""}
