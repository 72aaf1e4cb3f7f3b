"""``Idempotency-Key``: the same request twice stores its records once, whoever takes it in."""

import gzip
import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes import CountingIds, FlakyDatabase
from tests.http import site
from tests.http.site import assert_problem, record

BATCH = "/api/v1/logs/batch"


def send(
    client: FlaskClient, key: str, *records: object, path: str = BATCH, packed: bool = False
) -> TestResponse:
    """A batch as NDJSON."""
    body = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    headers = {"Idempotency-Key": key, "Content-Type": "application/x-ndjson"}
    if packed:
        return client.post(
            path, data=gzip.compress(body), headers=headers | {"Content-Encoding": "gzip"}
        )
    return client.post(path, data=body, headers=headers)


def ids(answer: TestResponse) -> list[str]:
    return [result["log_id"] for result in answer.get_json()["results"]]


def test_a_batch_that_is_sent_again_is_stored_once(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    first = send(client, "k", record(), record())
    again = send(client, "k", record(), record())

    assert first.get_json()["counts"]["created"] == 2
    assert again.get_json()["counts"]["duplicate"] == 2
    assert ids(again) == ids(first)
    assert len(set(ids(first))) == 2
    assert client.get("/logs").get_json()["count"] == 2


def test_another_worker_makes_the_same_of_it_also_where_it_is_compressed(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    send(client, "k", record(), record())
    elsewhere = site.client(store=store, ids=CountingIds())

    assert send(elsewhere, "k", record(), record(), packed=True).get_json()["counts"] == {
        "created": 0,
        "duplicate": 2,
        "accepted": 0,
        "dropped": 0,
        "rejected": 0,
        "failed": 0,
    }


def test_a_single_record_that_is_sent_again_is_stored_once(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "k"}

    assert client.post("/logs", json=record(), headers=headers).status_code == 201
    again = client.post("/logs", json=record(), headers=headers)

    assert (again.status_code, again.get_json()["status"]) == (200, "duplicate")


def test_ids_of_the_sender_stay(client: FlaskClient) -> None:
    assert ids(send(client, "k", record(id="mine"), record()))[0] == "mine"


def test_what_was_refused_in_between_moves_no_id(client: FlaskClient) -> None:
    first = send(client, "k", record(), record(level="LOUD"), record())
    again = send(client, "k", record(), record(level="LOUD"), record())

    assert [result["status"] for result in first.get_json()["results"]] == [
        "created",
        "rejected",
        "created",
    ]
    assert again.get_json()["counts"]["duplicate"] == 2


@pytest.mark.parametrize(
    ("key", "message", "path"),
    [("other", "m", BATCH), ("k", "other", BATCH), ("k", "m", f"{BATCH}?stream=imported")],
)
def test_another_key_or_body_or_stream_is_another_request(
    client: FlaskClient, key: str, message: str, path: str
) -> None:
    send(client, "k", record(message="m"))

    assert send(client, key, record(message=message), path=path).status_code == 201


def test_a_key_in_quotes_is_the_same_key(client: FlaskClient) -> None:
    assert ids(send(client, '"k"', record())) == ids(send(client, "k", record()))


@pytest.mark.parametrize("key", ["", " ", '""', "two words", "ümlaut", "k" * 256, "a, b"])
def test_a_key_that_is_none_is_refused_and_nothing_is_stored(client: FlaskClient, key: str) -> None:
    refused = send(client, key, record())

    assert_problem(refused, 400, "1 to 255 visible ASCII characters", "Idempotency-Key")
    assert client.get("/logs").get_json()["count"] == 0
