"""Two regions on this machine: a cluster of one node each, with an API and a replicator."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import urllib3

from tests.cluster import Cluster, ClusterNode
from tests.engine.eventually import eventually
from tests.faults.api import Api
from tests.faults.oracle import Oracle
from tests.node import ROOT

#: For what takes two clusters on a machine that is busy with other things.
_SLOW_SECONDS = 240.0


class Region:
    """One region.

    Attributes:
        api, replicator: not started yet.
        oracle: reads its cluster directly.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        node: ClusterNode,
        peer: tuple[str, str],
        prefix: str,
        **settings: str,
    ) -> None:
        self.name = name
        self.node = node
        self.prefix = prefix
        self.settings = {
            "LOGFEED_REGION": name,
            "LOGFEED_PEERS": f"{peer[0]}={peer[1]}",
            "LOGFEED_ELASTICSEARCH_URL": node.url,
            "LOGFEED_INDEX_PREFIX": prefix,
            "LOGFEED_ACKNOWLEDGE_DEADLINE": "1",
            **settings,
        }
        self.api = Api(folder / f"{name}-data", node.url, prefix, **self.settings)
        self.replicator = Api(
            folder / f"{name}-repl", node.url, prefix, "replicate", **self.settings
        )
        self.oracle = Oracle(node.url, prefix)

    def restart_node(self) -> None:
        """Start its node again, and return when it answers."""
        self.node.start()
        eventually(lambda: self.node.sees(1), "the node is back", _SLOW_SECONDS)

    def ids(self) -> set[str]:
        """The ids that its cluster holds; none of them twice."""
        stored = self.oracle.stored()
        assert max(stored.values(), default=0) <= 1
        return set(stored)

    def get(self, path: str) -> tuple[int, Any, Any]:
        """Status, body and headers of its API's answer to a GET."""
        with urllib3.PoolManager(retries=False, timeout=120.0) as http:
            answer = http.request("GET", self.api.url + path)
            return answer.status, json.loads(answer.data), answer.headers

    def lag(self) -> tuple[float, float]:
        """Records and seconds that it is behind its peer, by the metrics of its replicator."""
        records = self.replicator.gauge("logfeed_replication_lag_records")
        return records, self.replicator.gauge("logfeed_replication_lag_seconds")

    def command(self, *words: str, answer: str = "") -> "subprocess.CompletedProcess[str]":
        """`logfeed replication ...` with its settings."""
        return subprocess.run(
            [sys.executable, "-m", "app", "replication", *words],
            cwd=ROOT, env={"PATH": "/usr/bin:/bin", **self.settings}, input=answer,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip


@contextlib.contextmanager
def two_regions(
    folder: Path, clusters: tuple[Cluster, Cluster], prefix: str, **settings: str
) -> Iterator[tuple[Region, Region]]:
    """Regions ``eu`` and ``us``, of which nothing runs yet, and nothing afterwards."""
    (eu_node,), (us_node,) = (cluster.nodes for cluster in clusters)
    eu = Region("eu", folder, eu_node, ("us", us_node.url), prefix, **settings)
    us = Region("us", folder, us_node, ("eu", eu_node.url), prefix, **settings)
    try:
        yield eu, us
    finally:
        for region in (eu, us):
            region.api.kill()
            region.replicator.kill()


def converge(*regions: Region, on: set[str]) -> None:
    """Return when every region holds exactly the ids ``on``."""

    def has_all(region: Region) -> bool:
        return region.ids() == on

    for region in regions:
        what = f"{region.name} has all {len(on)} records"
        eventually(partial(has_all, region), what, _SLOW_SECONDS)
