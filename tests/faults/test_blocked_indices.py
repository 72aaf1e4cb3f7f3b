"""Indices that take nothing now, or not this record, or are gone: their neighbours never feel it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.faults.api import Api, api
from tests.faults.driver import Record, driving, usual
from tests.faults.oracle import Oracle

pytestmark = pytest.mark.es

TODAY = datetime.now(UTC)


@pytest.fixture
def served(tmp_path: Path, es_url: str, es_prefix: str) -> Iterator[Api]:
    with api(tmp_path / "data", es_url, es_prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="60") as made:
        yield made.start()


@pytest.fixture
def oracle(es_url: str, es_prefix: str) -> Oracle:
    return Oracle(es_url, es_prefix)


def record(name: str, days_ago: int = 0, **more: str) -> Record:
    at = (TODAY - timedelta(days=days_ago)).isoformat()
    return usual(0) | {"id": name, "timestamp": at} | more


def index(prefix: str, days_ago: int = 0) -> str:
    return f"{prefix}-default-{TODAY - timedelta(days=days_ago):%Y.%m.%d}-000001"


def statuses(results: list[dict[str, str]]) -> dict[str, str]:
    return {result["log_id"]: result["status"] for result in results}


def test_records_of_a_blocked_and_a_closed_index_wait_and_the_others_flow(
    served: Api, oracle: Oracle, es_prefix: str, tmp_path: Path
) -> None:
    served.post([record("open", 0), record("blocked", 1), record("closed", 2)])
    oracle.call("PUT", f"/{index(es_prefix, 1)}/_block/write")
    oracle.call("POST", f"/{index(es_prefix, 2)}/_close")

    status, answer = served.post([record("a", 0), record("b", 1), record("c", 2)])
    assert status == 202
    assert statuses(answer["results"]) == {"a": "created", "b": "accepted", "c": "accepted"}
    with driving(served.url, tmp_path / "acknowledged") as driver:
        driver.wait_for_status(201, times=100)
        acknowledged = driver.stop()
    assert driver.statuses.keys() == {201}, "the others had to wait"
    eventually(lambda: served.pending() == 2, "only these two wait")

    oracle.call("PUT", f"/{index(es_prefix, 1)}/_settings", {"index.blocks.write": False})
    oracle.call("POST", f"/{index(es_prefix, 2)}/_open")
    oracle.holds(acknowledged | {"a", "b", "c", "open", "blocked", "closed"})
    assert oracle.dead() == {}
    eventually(lambda: served.pending() == 0, "nothing waits any more")


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_of_a_thousand_records_only_the_one_that_does_not_fit_is_a_dead_letter(
    served: Api, oracle: Oracle, es_prefix: str, ack: str
) -> None:
    alias = index(es_prefix).rpartition("-")[0]
    # What an operator may do: a field that is mapped otherwise than in the templates.
    oracle.call(
        "PUT",
        f"/{index(es_prefix)}",
        {
            "aliases": {alias: {"is_write_index": True}},
            "mappings": {"properties": {"correlation_id": {"type": "long"}}},
        },
    )
    names = [f"r-{number}" for number in range(1_000)]
    records = [
        record(name, correlation_id="no number" if name == "r-500" else "17") for name in names
    ]

    status, answer = served.post(records, ack)

    assert status == (207 if ack == "stored" else 202)
    oracle.holds(set(names))
    assert oracle.stored().keys() == set(names) - {"r-500"}
    assert oracle.dead().keys() == {"r-500"}
    assert "correlation_id" in oracle.dead()["r-500"]
    if ack == "stored":
        (result,) = [result for result in answer["results"] if result["status"] != "created"]
        assert (result["log_id"], result["status"]) == ("r-500", "rejected")
        assert "correlation_id" in result["reason"]


def test_an_index_is_deleted_while_records_wait_for_it(
    served: Api, oracle: Oracle, es_prefix: str
) -> None:
    served.post([record("before")])
    mappings = oracle.call("GET", f"/{index(es_prefix)}/_mapping")
    oracle.call("PUT", f"/{index(es_prefix)}/_block/write")
    names = {f"waits-{number}" for number in range(100)}
    status, _ = served.post([record(name) for name in names])
    assert status == 202
    eventually(lambda: served.pending() == len(names), "they wait")

    oracle.call("DELETE", f"/{index(es_prefix)}")

    oracle.holds(names)
    # Made again from its template, not guessed from the first record; and reachable as before.
    assert oracle.call("GET", f"/{index(es_prefix)}/_mapping") == mappings
    assert oracle.call("GET", f"/{index(es_prefix).rpartition('-')[0]}/_count")["count"] == 100
    assert served.post([record("after")])[0] == 201
