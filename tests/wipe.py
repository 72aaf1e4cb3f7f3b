"""Removes what a test left in the shared Elasticsearch."""

import json
from http import HTTPStatus
from typing import Any

import urllib3

from tests.engine.eventually import eventually

#: What a node answers that has too much to do; asked again, it does not.
_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


def wipe(es_url: str, prefix: str) -> None:
    """Delete the indices, templates and component templates whose names start with ``prefix``.

    By name: a full distribution refuses wildcards in a deletion.
    """
    with urllib3.PoolManager(timeout=60.0, retries=False) as http:

        def call(method: str, path: str) -> Any:
            answers: list[urllib3.BaseHTTPResponse] = []

            def is_answered() -> bool:
                try:
                    answers.append(http.request(method, f"{es_url}{path}"))
                except urllib3.exceptions.TimeoutError:
                    return False
                return answers[-1].status not in _BUSY

            eventually(is_answered, f"{method} {path} is answered")
            answer = answers[-1]
            assert answer.status in {200, 404}, f"{method} {path}: {answer.status} {answer.data!r}"
            return json.loads(answer.data)

        indices = call("GET", f"/_cat/indices/{prefix}*?format=json&h=index&expand_wildcards=all")
        for index in indices:
            call("DELETE", f"/{index['index']}")
        for kind, listed in (
            ("_index_template", "index_templates"),
            ("_component_template", "component_templates"),
        ):
            for template in call("GET", f"/{kind}/{prefix}*").get(listed, []):
                call("DELETE", f"/{kind}/{template['name']}")
