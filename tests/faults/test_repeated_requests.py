"""A client that repeats a request under its ``Idempotency-Key``, as it cannot know what came of it."""

import json
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.driver import usual
from tests.faults.oracle import Oracle
from tests.gate import gate_to

pytestmark = pytest.mark.es

RECORDS = 200


def send(served: Api, body: bytes) -> Any:
    """The results of one and the same request."""
    headers = {"Idempotency-Key": "one-and-only", "Content-Type": "application/json"}
    with urllib3.PoolManager(retries=False, timeout=120.0) as http:
        answer = http.request("POST", f"{served.url}/api/v1/logs/batch", body=body, headers=headers)
    return json.loads(answer.data)["results"]


def test_a_request_is_stored_once_though_the_api_was_killed_before_it_was_stored(
    tmp_path: Path, es_url: str, es_prefix: str
) -> None:
    records = [usual(number) for number in range(RECORDS)]
    body = json.dumps(
        [{k: v for k, v in record.items() if k != "id"} for record in records]
    ).encode()
    with (
        gate_to(es_url) as gate,
        api(tmp_path / "data", gate.url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="0.5") as served,
    ):
        served.start()
        gate.shut()
        first = send(served, body)
        assert {result["status"] for result in first} == {"accepted"}
        served.kill()
        served.start_without_waiting()
        eventually(lambda: served.status("/healthz") == 200, "the API answers")

        # Once while the first is still in the log of the dead process, and again until it is stored.
        second = send(served, body)
        gate.open()
        eventually(
            lambda: {result["status"] for result in send(served, body)} == {"duplicate"},
            "all of it is stored already",
        )

    ids = [result["log_id"] for result in first]
    assert [result["log_id"] for result in second] == ids
    stored = Oracle(es_url, es_prefix).stored()
    assert stored == dict.fromkeys(ids, 1)
