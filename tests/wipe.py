"""Removes what a test left in the shared Elasticsearch."""

import json
from typing import Any

import urllib3


def wipe(es_url: str, prefix: str) -> None:
    """Delete the indices, templates and component templates whose names start with ``prefix``.

    By name: a full distribution refuses wildcards in a deletion.
    """
    with urllib3.PoolManager(timeout=30.0, retries=False) as http:

        def call(method: str, path: str) -> Any:
            answer = http.request(method, f"{es_url}{path}")
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
