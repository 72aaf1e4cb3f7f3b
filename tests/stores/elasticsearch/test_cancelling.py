"""Searches that take long, on a real node: given up in time, stopped when nobody waits."""

import random
import threading
from typing import Any

import pytest

from app.domain.errors import CancelledError, LogfeedError, OutOfTimeError
from app.domain.filters import EVERYTHING
from app.domain.reading import Cancellation
from app.domain.sharding import TimeBasedSharding
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.searching import Searcher
from tests.builders import entry
from tests.engine.eventually import eventually
from tests.stores.elasticsearch.reading import reading

pytestmark = [pytest.mark.es, pytest.mark.timeout(600)]

#: Half a minute of work over some hundred thousand different words. No filter of ours becomes one.
SLOW: dict[str, Any] = {
    "query": {
        "bool": {
            "should": [
                {"regexp": {"message": {"value": f".*{n}.*[a-f]{{1,9}}.*"}}} for n in range(1_000)
            ]
        }
    },
    "size": 0,
}


@pytest.fixture
def filled(client: Client, indices: Indices) -> Indices:
    """Indices with records of many different words."""
    rng = random.Random(3)  # noqa: S311
    reading(client, indices).put(
        (entry(f"{n}", message=" ".join(f"{rng.getrandbits(64):x}" for _ in range(60))), n)
        for n in range(3_000)
    )
    return indices


def test_a_search_is_stopped_when_its_asker_has_gone(client: Client, filled: Indices) -> None:
    searcher = Searcher(client, filled, TimeBasedSharding("day"), 300.0)
    gone = Cancellation()
    told: list[LogfeedError] = []

    def search() -> None:
        try:
            searcher.ask_undecoded(EVERYTHING, SLOW, gone)
        except LogfeedError as error:
            told.append(error)

    def running() -> list[Any]:
        address = "/_tasks?actions=*search*&group_by=none"
        headers = {"accept": "application/json"}
        tasks = client.perform_request("GET", address, headers=headers).body["tasks"]
        return [
            task
            for task in tasks
            if task.get("headers", {}).get("X-Opaque-Id", "").startswith("logfeed-")
        ]

    thread = threading.Thread(target=search)
    thread.start()
    eventually(lambda: bool(running()), "the search runs")
    gone.cancel()
    thread.join()

    assert [type(error) for error in told] == [CancelledError]
    eventually(lambda: not running(), "the search has ended on the node")


def test_a_search_whose_time_runs_out_says_so_and_gives_what_it_has(
    client: Client, filled: Indices
) -> None:
    searcher = Searcher(client, filled, TimeBasedSharding("day"), 0.001)

    try:
        answer, _ = searcher.ask_undecoded(EVERYTHING, SLOW, None)
    except OutOfTimeError:
        return  # not even that came within a second more
    assert answer.timed_out
