"""Two regions that both take writes."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.engine.eventually import eventually
from tests.faults.driver import driving
from tests.regions.land import Region, converge, two_regions

pytestmark = [pytest.mark.es, pytest.mark.timeout(600), pytest.mark.xdist_group("two regions")]

#: The two clusters and all processes share the machine.
GENTLY: Any = {"threads": 2, "pause": 0.2}
KIND = {"LOGFEED_REPLICATION": "multi_master", "LOGFEED_REPAIR_INTERVAL": "3600"}


def peer_as_told(region: Region) -> tuple[str, int, str | None]:
    """Its one peer, what is missing of it, and the trouble with it, as its API says."""
    _, found, _ = region.get("/api/v1/replication")
    (peer,) = found["replication"]["peers"]
    return peer["region"], peer["lag_records"], peer["trouble"]


def test_both_regions_hold_the_union_after_one_was_away_and_a_replicator_was_killed(
    clusters: tuple[Cluster, Cluster], tmp_path: Path
) -> None:
    with two_regions(tmp_path, clusters, "multi", **KIND) as (eu, us):
        for region in (eu, us):
            region.api.start()
            region.replicator.start_without_waiting()
        with (
            driving(eu.api.url, tmp_path / "eu", ack="stored", **GENTLY) as in_eu,
            driving(us.api.url, tmp_path / "us", ack="accepted", **GENTLY) as in_us,
        ):
            for driver in (in_eu, in_us):
                driver.wait_for(50)
            eventually(
                lambda: eu.replicator.gauge("logfeed_replication_copied_records") > 0, "copies"
            )

            us.node.kill()
            in_us.wait_for(50)
            in_eu.wait_for(50)
            eventually(lambda: eu.lag()[1] > 1, "the lag of eu is seen")
            # Reads of the region whose cluster is away are answered by the other one.
            status, _, headers = us.get("/api/v1/logs?limit=1")
            assert (status, headers.get("Served-By")) == (200, "eu")
            eventually(
                lambda: eu.replicator.gauge("logfeed_replication_peer_up") == 0, "us is missed"
            )

            us.restart_node()
            in_eu.wait_for(50)
            eu.replicator.kill()
            in_us.wait_for(50)
            eu.replicator.start_without_waiting()
            acknowledged = in_eu.stop() | in_us.stop()

        converge(eu, us, on=acknowledged)
        for region in (eu, us):
            eventually(lambda: region.lag() == (0, 0), f"{region.name} has caught up")  # noqa: B023
        # What the replicator says of itself is noted for others about once a second.
        eventually(lambda: peer_as_told(us) == ("eu", 0, None), "the API of us tells the same")

        # Records that somebody deletes behind its back are found by comparing.
        some = {"size": 5, "query": {"ids": {"values": sorted(acknowledged)[:5]}}}
        found = us.node.call("POST", "/multi-default-*/_search", some)["hits"]["hits"]
        for hit in found:
            us.node.call("DELETE", f"/{hit['_index']}/_doc/{hit['_id']}")
        repaired = us.command("repair")
        assert (repaired.returncode, repaired.stdout) == (0, "eu: 5 records copied\n")
        converge(eu, us, on=acknowledged)
