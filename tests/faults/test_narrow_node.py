"""A node that can hardly take anything: a write queue of one, and a disk that it takes to be full."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3

from tests.cluster import ClusterNode, cluster_of
from tests.engine.eventually import eventually
from tests.faults.api import api
from tests.faults.driver import Record, driving, usual
from tests.faults.oracle import Oracle

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("narrow node")]

DAYS = 6
#: As soon as Elasticsearch looks at its disks at all; its least.
LOOK = "10s"
WATERMARKS = [
    f"cluster.routing.allocation.disk.watermark.{name}" for name in ("low", "high", "flood_stage")
]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterNode]:
    settings = {
        "thread_pool.write.size": "1",
        "thread_pool.write.queue_size": "1",
        "cluster.info.update.interval": LOOK,
    }
    with cluster_of(tmp_path_factory.mktemp("narrow"), settings=settings) as cluster:
        yield cluster.nodes[0]


def of_some_days() -> Callable[[int], Record]:
    """Makes records of several days in turn: each day is a shard, and each shard wants a thread."""
    now = datetime.now(UTC)
    return lambda number: (
        usual(number) | {"timestamp": (now - timedelta(days=number % DAYS)).isoformat()}
    )


def rejected(node: ClusterNode) -> int:
    """How many writes the node has refused since it was started, as its queue was full."""
    (stats,) = node.call("GET", "/_nodes/stats/thread_pool")["nodes"].values()
    return int(stats["thread_pool"]["write"]["rejected"])


def test_the_write_queue_has_one_place(node: ClusterNode, tmp_path: Path) -> None:
    prefix = "queue"
    before = rejected(node)
    with api(tmp_path / "data", node.url, prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="1") as served:
        served.start()
        ledger = tmp_path / "acknowledged"
        with driving(served.url, ledger, threads=8, batch=60, make=of_some_days()) as driver:
            eventually(lambda: rejected(node) > before, "the queue is full")
            driver.wait_for(2_000)
            acknowledged = driver.stop()

        oracle = Oracle(node.url, prefix)
        oracle.holds(acknowledged)
        assert oracle.dead() == {}
        assert driver.statuses.keys() <= {201, 202}
        assert driver.outcomes.keys() <= {"created", "accepted"}


def test_the_disk_reaches_the_flood_stage_and_is_emptied(node: ClusterNode, tmp_path: Path) -> None:
    prefix = "flood"
    with api(tmp_path / "data", node.url, prefix, LOGFEED_ACKNOWLEDGE_DEADLINE="10") as served:
        served.start()
        with driving(served.url, tmp_path / "acknowledged") as driver:
            driver.wait_for(50)
            set_watermarks(node, "900tb")
            try:
                eventually(lambda: flooded(node, prefix), "the flood stage is reached")
                index = flooded(node, prefix)[0]
                assert refusal_of_a_write(node, index) == (429, "TOO_MANY_REQUESTS/12")
                driver.wait_for_status(202, times=50)
                assert served.pending() > 0
            finally:
                set_watermarks(node, None)
            eventually(lambda: not flooded(node, prefix), "there is room again")
            driver.wait_for_status(201)
            acknowledged = driver.stop()

        oracle = Oracle(node.url, prefix)
        oracle.holds(acknowledged)
        assert oracle.dead() == {}
        assert driver.statuses.keys() == {201, 202}
        assert "TOO_MANY_REQUESTS/12" in served.said()


def set_watermarks(node: ClusterNode, free: str | None) -> None:
    node.call(
        "PUT", "/_cluster/settings", {"persistent": dict.fromkeys(reversed(WATERMARKS), free)}
    )


def flooded(node: ClusterNode, prefix: str) -> list[str]:
    """The indices of records that are read-only because of the disk."""
    answer = node.call("GET", f"/{prefix}-default-*/_settings?flat_settings=true")
    return [
        name
        for name, index in answer.items()
        if index["settings"].get("index.blocks.read_only_allow_delete") == "true"
    ]


def refusal_of_a_write(node: ClusterNode, index: str) -> tuple[int, str]:
    """Status and block of one record that is written past the service."""
    lines = [{"create": {"_index": index, "_id": "past"}}, {"message": "past the service"}]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    with urllib3.PoolManager(retries=False) as http:
        headers = {"Content-Type": "application/x-ndjson"}
        answer = http.request("POST", f"{node.url}/_bulk", body=body, headers=headers)
    (item,) = json.loads(answer.data)["items"]
    (block,) = re.findall(r"[A-Z_]+/\d+", item["create"]["error"]["reason"])
    return item["create"]["status"], block
