"""One region takes the writes; it dies, the one that follows takes over, and the old one comes back."""

import json
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.cluster import Cluster
from tests.engine.eventually import eventually
from tests.faults.driver import driving
from tests.regions.land import Region, converge, two_regions

pytestmark = [pytest.mark.es, pytest.mark.timeout(600), pytest.mark.xdist_group("two regions")]

#: The two clusters and all processes share the machine.
GENTLY: Any = {"threads": 2, "pause": 0.2}
KIND = {
    "LOGFEED_REPLICATION": "master_slave",
    "LOGFEED_FIRST_MASTER": "eu",
    "LOGFEED_REPAIR_INTERVAL": "3600",
}


def status_of(region: Region) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(region.command("status", "--json").stdout)
    return found


def takes_writes(region: Region) -> bool:
    """Whether a write is not refused for being sent to a follower."""
    record = {"level": "INFO", "service": "probe", "message": "m", "id": "probe"}
    return region.api.post([record], ack="accepted")[0] < 300


def test_a_follower_is_promoted_and_the_old_master_follows_it_with_nothing_lost(
    clusters: tuple[Cluster, Cluster], tmp_path: Path
) -> None:
    with two_regions(tmp_path, clusters, "single", **KIND) as (eu, us):
        for region in (eu, us):
            region.api.start()
            region.replicator.start_without_waiting()

        # A follower refuses writes, and says where they are taken.
        with urllib3.PoolManager(retries=False, timeout=30.0) as http:
            record = {"level": "INFO", "service": "s", "message": "m"}
            refusal = http.request("POST", f"{us.api.url}/api/v1/logs", json=record)
        assert refusal.status == 503
        assert "send them to eu" in json.loads(refusal.data)["detail"]
        assert "Retry-After" in refusal.headers

        with driving(eu.api.url, tmp_path / "before", ack="stored", **GENTLY) as driver:
            driver.wait_for(50)
            us.replicator.kill()
            driver.wait_for(50)
            us.replicator.start_without_waiting()
            driver.wait_for(50)
            acknowledged = driver.stop()
        converge(eu, us, on=acknowledged)

        # What the master takes now, the follower does not get before the master dies.
        us.replicator.kill()
        with driving(eu.api.url, tmp_path / "surplus", ack="stored", **GENTLY) as driver:
            driver.wait_for(20)
            surplus = driver.stop()
        eu.replicator.kill()
        eu.node.kill()

        asked = us.command("promote", answer="n\n")
        assert asked.returncode == 1
        assert "eu cannot be asked" in asked.stdout
        forced = us.command("promote", "--force")
        assert (forced.returncode, forced.stdout) == (0, "us is the master, in term 1\n")
        us.replicator.start_without_waiting()
        eventually(lambda: takes_writes(us), "us takes writes")
        with driving(us.api.url, tmp_path / "after", ack="stored", **GENTLY) as driver:
            driver.wait_for(50)
            after = driver.stop()

        eu.restart_node()
        eu.replicator.start_without_waiting()
        eventually(lambda: not takes_writes(eu), "eu has heard that it is the follower")
        converge(eu, us, on=acknowledged | surplus | after | {"probe"})
        eventually(lambda: eu.lag() == (0, 0), "eu has caught up")
        assert status_of(eu)["master"] == "us"
        again = us.command("promote")
        assert (again.returncode, again.stderr) == (
            2,
            "Error: us is the master already, in term 1\n",
        )
