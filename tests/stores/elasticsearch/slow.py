"""Searches that take long on a real node."""

import random
from typing import Any

from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from tests.builders import entry
from tests.stores.elasticsearch.reading import reading

#: Many seconds of work over some hundred thousand different words. No filter of ours becomes one.
SLOW: dict[str, Any] = {
    "query": {
        "bool": {
            "should": [
                {"regexp": {"message": {"value": f".*{n}.*[a-f]{{1,9}}.*"}}} for n in range(400)
            ]
        }
    },
    "size": 0,
}


def fill(client: Client, indices: Indices) -> None:
    """Put records of many different words into an index."""
    rng = random.Random(3)  # noqa: S311
    reading(client, indices).put(
        (entry(f"{n}", message=" ".join(f"{rng.getrandbits(64):x}" for _ in range(60))), n)
        for n in range(3_000)
    )


def running(client: Client, prefix: str) -> list[Any]:
    """The searches of indices whose names begin so that the node works on, and that can be stopped."""
    address = "/_tasks?actions=*search*&group_by=none&detailed"
    headers = {"accept": "application/json"}
    tasks = client.perform_request("GET", address, headers=headers).body["tasks"]
    return [
        task
        for task in tasks
        if task.get("headers", {}).get("X-Opaque-Id", "").startswith("logfeed-")
        and f"{prefix}-" in task["description"]
    ]
