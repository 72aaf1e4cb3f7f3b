"""The node that the tests share, and the corner that each test has of it."""

import json
from typing import Any

import pytest
import urllib3

from tests.engine.eventually import eventually
from tests.wipe import wipe

pytestmark = pytest.mark.es


def call(method: str, url: str, body: Any = None) -> tuple[int, Any]:
    with urllib3.PoolManager(retries=False, timeout=60.0) as http:
        answer = http.request(method, url, json=body)
        return answer.status, json.loads(answer.data)


def test_the_node_is_healthy(es_url: str, es_prefix: str) -> None:
    # By an index of its own: of the others one may be red, which a test beside has made so.
    call("PUT", f"{es_url}/{es_prefix}-one")

    def is_healthy() -> bool:
        status, health = call("GET", f"{es_url}/_cluster/health/{es_prefix}-one")
        return status == 200 and health["status"] in {"green", "yellow"}

    eventually(is_healthy, "an index can be used")


def test_no_index_is_made_by_writing_to_a_name(es_url: str, es_prefix: str) -> None:
    status, answer = call("POST", f"{es_url}/{es_prefix}-typo/_doc", {"a": 1})

    assert status == 404
    assert answer["error"]["type"] == "index_not_found_exception"


def test_wiping_removes_indices_and_templates_of_the_prefix(es_url: str, es_prefix: str) -> None:
    call("PUT", f"{es_url}/_component_template/{es_prefix}-part", {"template": {}})
    call(
        "PUT",
        f"{es_url}/_index_template/{es_prefix}-all",
        {"index_patterns": [f"{es_prefix}-*"], "composed_of": [f"{es_prefix}-part"]},
    )
    call("PUT", f"{es_url}/{es_prefix}-one")

    wipe(es_url, es_prefix)

    assert call("GET", f"{es_url}/{es_prefix}-one")[0] == 404
    assert call("GET", f"{es_url}/_index_template/{es_prefix}-all")[0] == 404
    assert call("GET", f"{es_url}/_component_template/{es_prefix}-part")[0] == 404
