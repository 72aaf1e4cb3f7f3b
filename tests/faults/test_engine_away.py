"""Elasticsearch killed or paused under load: writes are taken all the while, and none is lost."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.eventually import eventually
from tests.engine.installation import Installation, installation
from tests.faults.driver import Driver
from tests.faults.oracle import Oracle

pytestmark = pytest.mark.es


@pytest.fixture
def logfeed(tmp_path: Path) -> Iterator[Installation]:
    """An installation with a node of its own, which may be hurt."""
    with installation(
        tmp_path / "installation", LOGFEED_WORKERS="2", LOGFEED_ACKNOWLEDGE_DEADLINE="1"
    ) as made:
        made.start()
        yield made


@pytest.mark.parametrize("ack", ["stored", "accepted"])
def test_the_only_node_is_killed(logfeed: Installation, tmp_path: Path, ack: str) -> None:
    driver = Driver(logfeed.url, tmp_path / "acknowledged", ack=ack)
    driver.wait_for(200)

    logfeed.node().send_signal(signal.SIGKILL)
    driver.wait_for(50)
    eventually(logfeed.answers, "the node is started again")
    driver.wait_for(200)
    acknowledged = driver.stop()

    Oracle(logfeed.node_url, "logfeed").holds(acknowledged)
    assert driver.statuses.get(202, 0) > 0, "no write met the node while it was away"
    assert driver.statuses.keys() <= {201, 202}, driver.statuses
    logfeed.write()


def test_the_only_node_is_paused(logfeed: Installation, tmp_path: Path) -> None:
    driver = Driver(logfeed.url, tmp_path / "acknowledged", ack="accepted")
    driver.wait_for(200)

    logfeed.node().send_signal(signal.SIGSTOP)
    driver.wait_for(500)
    logfeed.node().send_signal(signal.SIGCONT)
    driver.wait_for(200)
    acknowledged = driver.stop()

    Oracle(logfeed.node_url, "logfeed").holds(acknowledged)
    assert driver.statuses.keys() == {202}
