"""Three nodes, one of each tier: where indices go, and what is said when one is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from app.domain.errors import StoreError
from app.domain.lifecycle import Tier
from app.domain.sharding import Partition
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.lifecycle.admin import LifecycleOptions
from tests.cluster import Cluster, cluster_of
from tests.engine.eventually import eventually
from tests.stores.elasticsearch.lifecycle.corner import Corner, expected

# Three nodes boot for it, and they share the machine with all else.
pytestmark = [pytest.mark.es, pytest.mark.timeout(600), pytest.mark.xdist_group("tiers")]

NODES = {"hot": "node-1", "warm": "node-2", "cold": "node-3"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder: Path = tmp_path_factory.mktemp("tiers")
    with cluster_of(folder, [{"tier": tier} for tier in NODES]) as made:
        yield made


@pytest.fixture
def client(cluster: Cluster) -> Iterator[Elasticsearch]:
    # The node that is killed here is not among those that are asked.
    asked = (cluster.node(NODES["hot"]).url, cluster.node(NODES["cold"]).url)
    with connect(ClusterAddress(asked)) as client:
        yield client


def places(corner: Corner, name: str) -> set[tuple[str, str]]:
    """Kind and node of each copy of each shard that there is."""
    rows = corner.client.cat.shards(index=name, format="json", h=["prirep", "node", "state"])
    return {
        (row["prirep"], row["node"])  # type: ignore[index] # it is JSON, as asked for
        for row in rows
        if row["state"] == "STARTED"  # type: ignore[index]
    }


def test_an_index_walks_from_tier_to_tier_and_a_lost_node_is_explained(
    client: Elasticsearch, cluster: Cluster
) -> None:
    # One test, as each step needs the one before and three nodes boot but once.
    corner = Corner(client, "t-tiers")
    admin = corner.admin()
    first = corner.make(settings={"index.number_of_shards": 2})
    assert admin.facts().tiers == {Tier.HOT, Tier.WARM, Tier.COLD}

    admin.roll_over(corner.facts(first))
    assert places(corner, corner.name(generation=2)) == {("p", NODES["hot"])}

    admin.warm(corner.facts(first), replicas=None)
    warm = f"{first}-warm"
    assert places(corner, warm) == {("p", NODES["warm"])}
    assert corner.facts(warm).health == "green"
    assert corner.ids() == expected()

    corner.wait(61)
    admin.clean_up(corner.facts(first))
    admin.move(corner.facts(warm), Tier.COLD, replicas=1)
    assert places(corner, warm) == {("p", NODES["cold"])}
    assert corner.facts(warm).tier == Tier.COLD
    assert corner.ids() == expected()

    alone, twice, hot = (Partition("default", f"2026.01.0{day}") for day in (6, 7, 8))
    admin.warm(corner.facts(corner.make(partition=alone)), replicas=0)
    both = {
        "index.routing.allocation.include.tier": "hot,warm",
        "index.auto_expand_replicas": "false",
        "index.number_of_replicas": 1,
    }
    replicated = corner.make(partition=twice, settings=both)
    eventually(lambda: corner.facts(replicated).health == "green", "it has its replica")
    corner.make(partition=hot)

    cluster.node(NODES["warm"]).kill()

    lonely = f"{corner.name(alone)}-warm"
    eventually(lambda: corner.facts(lonely).health == "red", "the loss is noticed")
    eventually(lambda: corner.facts(replicated).health == "yellow", "its replica took over")
    assert corner.ids(twice) == expected()
    assert corner.ids() == expected()
    assert admin.facts().tiers == {Tier.HOT, Tier.COLD}
    assert admin.facts().data_nodes == 2
    hasty = corner.admin(options=LifecycleOptions(patience=0.5))
    with pytest.raises(StoreError, match="no node is of the tier warm: start one"):
        hasty.warm(corner.facts(corner.name(hot)), replicas=0)
    with pytest.raises(
        StoreError, match=r"primary shard 0 of .* is on no node: the node .* is gone"
    ):
        hasty.move(corner.facts(lonely), Tier.COLD, replicas=0)
