"""Elasticsearch killed or paused under load: writes are taken all the while, and none is lost."""

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.cluster import ClusterNode, cluster_of
from tests.engine.eventually import eventually
from tests.engine.installation import Installation, installation
from tests.faults.api import api
from tests.faults.driver import Driver, Record, driving, usual
from tests.faults.oracle import Oracle

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("engine away")]

#: Seconds that the node is away, and the most that its start may take.
AWAY, BACK = 20.0, 300.0


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterNode]:
    """A node that may be hurt, without a supervisor that brings it back."""
    with cluster_of(tmp_path_factory.mktemp("alone")) as cluster:
        yield cluster.nodes[0]


@pytest.fixture
def logfeed(tmp_path: Path) -> Iterator[Installation]:
    """An installation with a node of its own, which may be hurt."""
    with installation(
        tmp_path / "installation", LOGFEED_WORKERS="2", LOGFEED_ACKNOWLEDGE_DEADLINE="1"
    ) as made:
        made.start()
        yield made


def post_one(url: str, record: Record) -> tuple[int, str]:
    """Write one record without an id, accepted; the status, and the id that it got."""
    with urllib3.PoolManager(retries=False, timeout=120.0) as http:
        answer = http.request("POST", f"{url}/api/v1/logs?ack=accepted", json=record)
        return answer.status, str(json.loads(answer.data).get("log_id"))


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_the_only_node_is_killed(node: ClusterNode, tmp_path: Path, ack: str) -> None:
    prefix = f"killed-{ack}"
    settings = {"LOGFEED_WORKERS": "2", "LOGFEED_ACKNOWLEDGE_DEADLINE": "1"}
    with api(tmp_path / "data", node.url, prefix, **settings) as served:
        served.start()
        with driving(served.url, tmp_path / "acknowledged", ack=ack) as driver:
            driver.wait_for(200)

            node.kill()
            threading.Event().wait(AWAY)
            driver.wait_for(50)
            node.start()
            eventually(lambda: served.status("/readyz") == 200, "the node is back", BACK)
            driver.wait_for(200)
            acknowledged = driver.stop()

        Oracle(node.url, prefix).holds(acknowledged)
        assert driver.statuses.get(202, 0) > 0, "no write met the node while it was away"
        assert driver.statuses.keys() <= {201, 202}, driver.statuses
        assert served.post([usual(0)])[0] in {201, 202}


@pytest.mark.parametrize("away", ["killed", "paused"])
def test_an_api_that_starts_while_the_only_node_is_away_takes_records_without_ids(
    node: ClusterNode, tmp_path: Path, away: str
) -> None:
    (node.kill if away == "killed" else node.pause)()
    prefix = f"started-while-{away}"
    with api(tmp_path / "data", node.url, prefix) as served:
        served.start_without_waiting()
        eventually(lambda: served.status("/healthz") == 200, "it answers")

        answered = [post_one(served.url, usual(number)) for number in range(3)]
        (node.start if away == "killed" else node.resume)()
        eventually(lambda: served.status("/readyz") == 200, "the node is back", BACK)

        assert [status for status, _ in answered] == [202, 202, 202]
        Oracle(node.url, prefix).holds({log_id for _, log_id in answered})
        eventually(
            lambda: post_one(served.url, usual(3))[1].count("-") == 2,
            "ids have a node number once the node is back",
            BACK,
        )


def test_the_only_node_is_paused(logfeed: Installation, tmp_path: Path) -> None:
    driver = Driver(logfeed.url, tmp_path / "acknowledged", ack="accepted")
    driver.wait_for(200)

    logfeed.node().send_signal(signal.SIGSTOP)
    driver.sends_unnamed = True
    driver.wait_for(500)
    logfeed.node().send_signal(signal.SIGCONT)
    driver.wait_for(200)
    acknowledged = driver.stop()

    Oracle(logfeed.node_url, "logfeed").holds(acknowledged)
    assert driver.statuses.keys() == {202}
