"""Three nodes with one replica: the one with the primaries is killed, one and then all are paused."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.cluster import Cluster, ClusterNode, cluster_of
from tests.engine.eventually import eventually
from tests.faults.api import api
from tests.faults.driver import Driver, driving
from tests.faults.oracle import Oracle

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("three nodes")]

#: Seconds of a pause: more than any answer may take, and short of what the nodes bear.
PAUSE = 20.0
#: A bound that only a service which waits for the nodes exceeds; the figure itself is reported.
BELOW = PAUSE / 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster_of(tmp_path_factory.mktemp("cluster"), ({}, {}, {})) as made:
        yield made


@pytest.fixture
def cluster(shared: Cluster) -> Cluster:
    """All three nodes, whatever the test before did to them."""
    for node in shared.nodes:
        if node.is_gone():
            node.start()
        else:
            node.resume()
    shared.is_whole()
    return shared


def copies(ask: ClusterNode, prefix: str) -> dict[str, str]:
    """The nodes that have the index that records go to: as ``p``, and as ``r`` once it is in sync."""
    shards = ask.call("GET", f"/_cat/shards/{prefix}-default-*?format=json")
    return {shard["prirep"]: shard["node"] for shard in shards if shard["state"] == "STARTED"}


def replicated(ask: ClusterNode, prefix: str, what: str = "the replica is there") -> str:
    """The node with the primary, once there is a copy of it; both are looked for in one answer."""
    found: dict[str, str] = {}

    def has_replica() -> bool:
        found.clear()
        found.update(copies(ask, prefix))
        return found.keys() == {"p", "r"}

    eventually(has_replica, what)
    return found["p"]


def p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


def test_the_node_with_the_primaries_is_killed(cluster: Cluster, tmp_path: Path) -> None:
    prefix = "killed"
    settings = {"LOGFEED_WORKERS": "2", "LOGFEED_ACKNOWLEDGE_DEADLINE": "1"}
    with api(tmp_path / "data", cluster.urls, prefix, **settings) as served:
        served.start()
        with (
            driving(served.url, tmp_path / "stored", ack="stored") as stored,
            driving(served.url, tmp_path / "accepted", ack="accepted") as accepted,
        ):
            stored.wait_for(100)
            victim = cluster.node(replicated(cluster.nodes[0], prefix))
            survivor = cluster.others(victim)[0]

            victim.kill()
            for driver in (stored, accepted):
                driver.wait_for(200)
            eventually(lambda: survivor.sees(2), "the node is missed")
            eventually(
                lambda: copies(survivor, prefix).get("p", victim.name) != victim.name,
                "another one takes over",
            )
            for driver in (stored, accepted):
                driver.wait_for(100)
            acknowledged = stored.stop() | accepted.stop()

        Oracle(survivor.url, prefix).holds(acknowledged)
        assert stored.statuses.keys() <= {201, 202}
        assert accepted.statuses.keys() == {202}


def test_writes_that_wait_for_two_copies_survive_the_node_with_the_primaries(
    cluster: Cluster, tmp_path: Path
) -> None:
    prefix = "two-copies"
    settings = {"LOGFEED_WAIT_FOR_ACTIVE_SHARDS": "2", "LOGFEED_ACKNOWLEDGE_DEADLINE": "5"}
    with api(tmp_path / "data", cluster.urls, prefix, **settings) as served:
        served.start()
        with driving(served.url, tmp_path / "stored", ack="stored") as driver:
            driver.wait_for(100)
            victim = cluster.node(replicated(cluster.nodes[0], prefix))
            survivor = cluster.others(victim)[0]

            victim.kill()
            # One copy is left: nothing is answered as stored, all of it as accepted.
            driver.wait_for_status(202)
            # Asked while the copy is still missing; the words may come after the first look.
            told: list[str] = []

            def is_told() -> bool:
                told.append(served.readiness())
                return "copies of shards are missing" in told[-1]

            eventually(is_told, "it is told")
            assert "writes wait for 2 copies" in told[-1]
            eventually(lambda: served.status("/readyz") == 200, "it is ready all the same")
            # The third node gets a copy, after the minute that a node may be away.
            survivor.call(
                "PUT",
                f"/{prefix}-*/_settings",
                {"index.unassigned.node_left.delayed_timeout": "0"},
            )
            replicated(survivor, prefix, "the third node has a copy")
            driver.wait_for_status(201)
            acknowledged = driver.stop()

        Oracle(survivor.url, prefix).holds(acknowledged)
        assert driver.statuses.keys() <= {201, 202}


def test_one_node_is_paused_and_then_all(
    cluster: Cluster, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    prefix = "paused"
    with api(tmp_path / "data", cluster.urls, prefix, LOGFEED_WORKERS="2") as served:
        served.start()
        with driving(served.url, tmp_path / "acknowledged", ack="accepted") as driver:
            driver.wait_for(100)
            one = cluster.node(replicated(cluster.nodes[0], prefix))

            for name, nodes in (("one", [one]), ("all", cluster.nodes)):
                seconds = acknowledged_while_paused(driver, nodes)
                record_testsuite_property(f"p99_ms_{name}_paused", round(1_000 * p99(seconds)))
                assert served.pending() > 0, "nothing waits: the pause was not felt"
                assert p99(seconds) < BELOW
                for node in nodes:
                    node.resume()
                driver.wait_for(100)
            acknowledged = driver.stop()

        Oracle(cluster.nodes[0].url, prefix).holds(acknowledged)
        assert driver.statuses.keys() == {202}


def acknowledged_while_paused(driver: Driver, nodes: list[ClusterNode]) -> list[float]:
    """How long the writes took that were acknowledged while ``nodes`` stood still."""
    for node in nodes:
        node.pause()
    before = len(driver.seconds)
    threading.Event().wait(PAUSE)
    driver.wait_for(10)
    assert all(node.process.status() == psutil.STATUS_STOPPED for node in nodes)
    return driver.seconds[before:]
