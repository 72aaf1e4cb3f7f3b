"""Which Elasticsearch is used."""

from pathlib import Path

from app.engine.config import NodeConfig
from app.engine.resolve import External, Local, resolve

LOCAL = NodeConfig(data_dir=Path("data"), cache_dir=Path("cache"))


def test_the_cluster_that_was_named_comes_first() -> None:
    assert resolve("https://es.example:9200", LOCAL) == External()


def test_without_one_a_local_node_is_started() -> None:
    assert resolve("", LOCAL) == Local(LOCAL)
