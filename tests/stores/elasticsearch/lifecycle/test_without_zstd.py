"""A node without libzstd cannot write best_compression: the codec stays, and that is noted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from app.engine.child import Child
from app.engine.config import NodeConfig
from app.engine.health import cluster_status
from app.engine.launch import node_service
from app.engine.provision import Installation, provision
from app.engine.report import Report
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from tests.engine.eventually import eventually
from tests.node import free_port
from tests.stores.elasticsearch.lifecycle.corner import Corner, expected

pytestmark = [pytest.mark.es, pytest.mark.xdist_group("no zstd")]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Elasticsearch]:
    """Of a node without libzstd which does not know that: its attribute says the opposite."""
    report, cache_dir = Report(), Settings.from_env().cache_dir
    whole = provision(cache_dir, report)
    home = tmp_path / "home"
    (home / "lib").mkdir(parents=True)
    for jar in (whole.home / "lib").glob("*.jar"):
        (home / "lib" / jar.name).symlink_to(jar)
    (home / "modules").symlink_to(whole.home / "modules")
    own = {"node.attr.zstd": "true"}
    config = NodeConfig(tmp_path / "data", cache_dir, free_port(), settings=own)
    service = node_service(Installation(home, whole.java_home, has_zstd=False), config, report)
    node = Child(service.command, service.log, lambda child: None)
    try:
        eventually(lambda: cluster_status(config.url) == "green", "the node is up", 180.0)
        with connect(ClusterAddress((config.url,))) as client:
            yield client
    finally:
        node.kill_group()
        node.join()


def test_an_index_becomes_warm_in_the_codec_that_it_has(client: Elasticsearch) -> None:
    corner = Corner(client, "t-plain")
    name = corner.make()

    corner.admin().warm(corner.facts(name), replicas=0)

    index = corner.facts(name)
    assert (index.tier, index.codec, index.segments) == ("warm", "default", 1)
    assert index.is_searched
    assert corner.names() == {name}
    mapping = client.indices.get_mapping(index=name)
    note = mapping[name]["mappings"]["_meta"]["logfeed"]
    assert note["not_compressed"] == "a node of its tier has no libzstd"
    assert corner.ids() == expected()
