"""POST of batches: JSON and NDJSON, an outcome for each record."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.settings import Settings
from app.wiring.application import create_app
from tests.fakes import CountingIds, FlakyDatabase
from tests.http import site
from tests.http.site import assert_problem, record

NDJSON = "application/x-ndjson"


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def test_a_batch_that_is_taken_whole_is_201(client: FlaskClient, prefix: str) -> None:
    answer = client.post(f"{prefix}/logs/batch", json={"logs": [record(), record(id="mine")]})

    assert answer.status_code == 201
    assert answer.get_json() == {
        "message": "2 of 2 records taken",
        "counts": {
            "created": 2,
            "duplicate": 0,
            "accepted": 0,
            "dropped": 0,
            "rejected": 0,
            "failed": 0,
        },
        "results": [
            {"index": 0, "status": "created", "log_id": "id-1"},
            {"index": 1, "status": "created", "log_id": "mine"},
        ],
    }


def test_a_bare_array_is_a_batch(client: FlaskClient) -> None:
    assert client.post("/logs/batch", json=[record(), record()]).status_code == 201


@pytest.mark.parametrize(
    "kind", [NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"]
)
def test_ndjson_is_a_batch_of_lines(client: FlaskClient, prefix: str, kind: str) -> None:
    body = b"\n" + lines(record(), record()) + b"\r\n"

    answer = client.post(f"{prefix}/logs/batch", data=body, content_type=kind)

    assert (answer.status_code, answer.get_json()["counts"]["created"]) == (201, 2)


def test_each_record_has_its_result_in_its_place(client: FlaskClient) -> None:
    client.post("/logs", json=record(id="old"))
    batch = [record(), record(level="LOUD"), record(id="old"), record(metadata={"": 1}), "text"]

    answer = client.post("/logs/batch", json=batch)

    body = answer.get_json()
    assert (answer.status_code, body["message"]) == (207, "2 of 5 records taken")
    assert [result["index"] for result in body["results"]] == [0, 1, 2, 3, 4]
    assert [(result["status"], result.get("field")) for result in body["results"]] == [
        ("created", None),
        ("rejected", "level"),
        ("duplicate", None),
        ("rejected", "metadata"),
        ("rejected", None),
    ]
    assert body["counts"] == {
        "created": 1,
        "duplicate": 1,
        "accepted": 0,
        "dropped": 0,
        "rejected": 3,
        "failed": 0,
    }


def test_records_that_a_rule_drops_are_taken() -> None:
    client = create_app(settings=Settings(min_level="ERROR")).test_client()

    one = client.post("/logs", json=record())
    many = client.post("/logs/batch", json=[record(), record(level="ERROR")])

    assert (one.status_code, one.get_json()["rule"]) == (200, "min_level")
    assert (many.status_code, many.get_json()["message"]) == (201, "2 of 2 records taken")
    assert many.get_json()["results"][0] == {"index": 0, "status": "dropped", "rule": "min_level"}


def test_a_batch_of_which_nothing_can_be_taken_is_400_with_every_reason(
    client: FlaskClient,
) -> None:
    answer = client.post("/logs/batch", json=[record(level="LOUD"), record(service="")])

    assert_problem(answer, 400, "every record of the batch was rejected")
    assert [result["field"] for result in answer.get_json()["results"]] == ["level", "service"]


def test_a_store_that_is_away_is_503_with_the_fate_of_every_record(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.is_away = True

    answer = client.post("/logs/batch", json=[record(id="1"), record(level="LOUD")])

    assert_problem(answer, 503, "1 of 2 records could not be stored now; send them again")
    assert answer.headers["Retry-After"] == "5"
    assert [result["status"] for result in answer.get_json()["results"]] == ["failed", "rejected"]


def test_a_batch_may_be_taken_refused_and_put_off_in_parts() -> None:
    ids = CountingIds()
    ids.is_away = True
    batch = [record(), record(id="mine"), record(), record(level="LOUD")]

    answer = site.client(ids=ids).post("/logs/batch", json=batch)

    body = answer.get_json()
    assert (answer.status_code, body["message"]) == (207, "1 of 4 records taken")
    assert [result["status"] for result in body["results"]] == [
        "failed",
        "created",
        "failed",
        "rejected",
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"[]", "the batch has no records"),
        (b'{"logs": []}', "the batch has no records"),
        (b"{}", "a batch is"),
        (b'{"records": []}', "a batch is"),
        (b'{"logs": {}}', "a batch is"),
        (b'{"logs": [], "x": 1}', "'x' is not known here"),
        (b'"text"', "a batch is"),
        (b'[{"level": "INFO"', "Expecting ',' delimiter"),
        (b"", "Expecting value"),
    ],
    ids=repr,
)
def test_a_body_that_is_no_batch_is_refused(client: FlaskClient, body: bytes, text: str) -> None:
    answer = client.post("/logs/batch", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert text in answer.get_json()["detail"]


def test_an_empty_ndjson_body_is_refused(client: FlaskClient) -> None:
    answer = client.post("/logs/batch", data=b"\n\n", content_type=NDJSON)

    assert_problem(answer, 400, "the batch has no records")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml"])
def test_another_content_type_is_refused_with_both_allowed(client: FlaskClient, kind: str) -> None:
    answer = client.post("/logs/batch", data=b"[]", content_type=kind)

    assert_problem(answer, 415, "send application/json or application/x-ndjson")


@pytest.mark.parametrize("kind", ["application/json", NDJSON])
def test_more_records_than_allowed_are_413_and_none_is_stored(kind: str) -> None:
    store = FlakyDatabase()
    client = site.client(Settings(max_batch_records=2), store)
    three = lines(*[record()] * 3) if kind == NDJSON else json.dumps([record()] * 3).encode()

    answer = client.post("/logs/batch", data=three, content_type=kind)

    assert_problem(answer, 413, "more than 2 records")
    assert store.streams == []
