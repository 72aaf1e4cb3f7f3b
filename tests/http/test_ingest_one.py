"""POST of one record."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import NOON_NS, entry
from tests.fakes import FlakyDatabase
from tests.http.site import assert_problem, record


def test_a_record_is_stored_and_its_id_answered(
    client: FlaskClient, store: FlakyDatabase, prefix: str
) -> None:
    answer = client.post(f"{prefix}/logs", json=record())

    assert answer.status_code == 201
    assert answer.get_json() == {"log_id": "id-1", "message": "Log ingested successfully"}
    assert store.records.get("id-1") == entry("id-1", at=NOON_NS)


def test_a_record_is_found_again_as_it_was_sent(client: FlaskClient, prefix: str) -> None:
    sent = record(
        id="mine",
        timestamp="2026-11-24T12:00:00.000000001Z",
        metadata={"order": {"lines": [1, None, "x"], "total": 12.5}},
        source_ip="2001:db8::1",
        correlation_id="c-1",
        trace_id="t-1",
        span_id="s-1",
    )
    client.post(f"{prefix}/logs", json=sent)

    answer = client.get(f"{prefix}/logs/mine")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == {"log": sent}


def test_a_record_sent_twice_is_stored_once_and_both_are_success(client: FlaskClient) -> None:
    client.post("/logs", json=record(id="mine", message="first"))

    answer = client.post("/logs", json=record(id="mine", message="second"))

    assert answer.status_code == 200
    assert answer.get_json() == {
        "log_id": "mine",
        "message": "A log with this id is stored already",
        "status": "duplicate",
    }
    assert client.get("/logs/mine").get_json()["log"]["message"] == "first"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_json_may_say_its_charset(client: FlaskClient, kind: str) -> None:
    body = '{"level": "INFO", "service": "ü", "message": "日本"}'.encode()

    answer = client.post("/logs", data=body, content_type=kind)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("changes", "field", "allowed"),
    [
        ({"level": "LOUD"}, "level", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ({"level": None}, "level", "must not be null"),
        ({"service": ""}, "service", "1 to 256 characters"),
        ({"service": " "}, "service", "1 to 256 characters"),
        ({"message": 7}, "message", "must be text"),
        ({"timestamp": "yesterday"}, "timestamp", "RFC 3339"),
        ({"source_ip": "10.0.0"}, "source_ip", "IPv4 or IPv6 address"),
        ({"metadata": [1]}, "metadata", "JSON object"),
        ({"metadata": {"a": {"": 1}}}, "metadata", "keys must not be empty"),
        ({"hostname": "web-1"}, "hostname", "put it into metadata"),
        ({"service_name": "db"}, "service_name", "differs from service"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bad_record_is_refused_with_the_field_and_what_is_allowed(
    client: FlaskClient, prefix: str, changes: dict[str, Any], field: str, allowed: str
) -> None:
    answer = client.post(f"{prefix}/logs", json=record(**changes))

    assert_problem(answer, 400, f"{field}: ", field)
    assert allowed in answer.get_json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"[]", "a record is a JSON object"),
        (b"null", "a record is a JSON object"),
        (b'{"level": NaN}', "NaN, which is no JSON number"),
        (b'{"message": "\xff"}', "not valid UTF-8"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "level: is missing"),
        (b'{"level": "INFO"} extra', "more after the end"),
        (b"\xff\xfe{\x00}\x00", "Expecting value"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_record_is_refused(client: FlaskClient, body: bytes, text: str) -> None:
    answer = client.post("/logs", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert text in answer.get_json()["detail"]


@pytest.mark.parametrize(
    ("changes", "status", "field", "limit", "rule"),
    [
        ({"message": "ü" * 524_289}, 413, "message", "1048576 bytes", "max_record_bytes"),
        ({"message": "x" * 1_048_577}, 413, "message", "1048576 char", "max_record_bytes"),
        ({"metadata": {"a": "x" * 2**20}}, 413, "metadata", "1048576 bytes", "max_record_bytes"),
        ({"metadata": dict.fromkeys(map(str, range(1_001)), 1)}, 422, "metadata",
         "1000 keys (LOGFEED_MAX_METADATA_FIELDS)", "max_metadata_fields"),
        ({"metadata": {"a": json.loads("[" * 20 + "]" * 20)}}, 422, "metadata", "at most 20 deep",
         "max_nesting"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_a_record_beyond_a_limit_is_refused_with_the_limit(
    client: FlaskClient, changes: dict[str, Any], status: int, field: str, limit: str, rule: str
) -> None:
    answer = client.post("/logs", json=record(**changes))

    assert_problem(answer, status, limit, field)
    assert answer.get_json()["rule"] == rule


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[" * 100_000 + b"]" * 100_000, None),
        (b'{"metadata":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "metadata"),
        (b'{"metadata":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, "metadata"),
        (b'{"a":' * 700 + b'"\\ud800"' + b"}" * 700, "a"),
    ],
    ids=["arrays", "arrays in metadata", "objects in metadata", "an unknown field"],
)
def test_a_record_that_nests_too_deeply_to_be_read_is_refused(
    client: FlaskClient, body: bytes, field: str | None
) -> None:
    answer = client.post("/logs", data=body, content_type="application/json")

    assert_problem(answer, 422, "nests too deeply; 20 levels are taken", field)


@pytest.mark.parametrize(
    "kind",
    [
        *["", "nonsense", "application/", "text/plain", "text/html", "application/xml"],
        *["application/x-ndjson", "application/x-www-form-urlencoded", "multipart/form-data"],
    ],
)
def test_another_content_type_is_refused_with_what_to_send(client: FlaskClient, kind: str) -> None:
    answer = client.post("/logs", data=b"{}", content_type=kind)

    assert_problem(answer, 415, "send application/json")


def test_a_store_that_is_away_is_said_so_and_when_to_try_again(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.is_away = True

    answer = client.post("/logs", json=record())

    assert_problem(answer, 503, "the store is away")
    assert answer.headers["Retry-After"] == "5"


def test_old_files_go_to_a_stream_of_their_own(client: FlaskClient, store: FlakyDatabase) -> None:
    client.post("/logs?stream=imported", json=record())
    client.post("/logs/batch?stream=imported", json=[record()])

    assert store.streams == ["imported", "imported"]


@pytest.mark.parametrize("path", ["/logs", "/logs/batch"])
def test_an_unknown_stream_is_refused(client: FlaskClient, path: str) -> None:
    answer = client.post(f"{path}?stream=../x", json={"logs": [record()]})

    assert_problem(answer, 400, "must be one of default, imported", "stream")
