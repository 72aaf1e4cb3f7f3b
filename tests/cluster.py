"""A cluster of local nodes on loopback, each of which can be killed, paused and started again.

Made for the tests that share it: three nodes take 20 to 35 seconds to boot and some 450 MiB each.
"""

import contextlib
import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import urllib3

from app.engine.child import Child
from app.engine.config import NodeConfig
from app.engine.launch import node_service
from app.engine.provision import provision
from app.engine.report import Report
from app.settings import Settings
from tests.engine.eventually import eventually
from tests.node import free_port

_BOOT_SECONDS = 300.0


class ClusterNode:
    """One node.

    Attributes:
        name: Elasticsearch's name for it.
        url: where it answers.
    """

    def __init__(self, config: NodeConfig) -> None:
        self.name = config.settings["node.name"]
        self.url = config.url
        report = Report()
        self._service = node_service(provision(config.cache_dir, report), config, report)
        self._child: Child | None = None

    @property
    def process(self) -> psutil.Process:
        """Its process; it must have been started."""
        assert self._child is not None
        return psutil.Process(self._child.pid)

    def start(self) -> None:
        """Start it, for the first time or again."""
        self._child = Child(self._service.command, self._service.log, lambda child: None)

    def kill(self) -> None:
        """kill -9, and wait until it is gone; harmless if it is already."""
        if self._child is not None:
            self._child.kill_group()
            self._child.join()

    def is_gone(self) -> bool:
        """Whether its process has ended."""
        return self._child is None or self._child.exit_code is not None

    def pause(self) -> None:
        """SIGSTOP: its connections stay, and it says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What this node answers; that must not be an error."""
        with urllib3.PoolManager(retries=False, timeout=60.0) as http:
            answer = http.request(method, f"{self.url}{path}", json=body)
            assert answer.status < 300, f"{method} {path}: {answer.status} {answer.data!r}"
            return json.loads(answer.data)

    def sees(self, nodes: int) -> bool:
        """Whether it is in a cluster of so many nodes."""
        try:
            return bool(self.call("GET", "/_cluster/health")["number_of_nodes"] == nodes)
        except (urllib3.exceptions.HTTPError, AssertionError):
            return False


class Cluster:
    """Nodes that know each other."""

    def __init__(self, nodes: Sequence[ClusterNode]) -> None:
        self.nodes = list(nodes)

    @property
    def urls(self) -> str:
        """All addresses, as ``LOGFEED_ELASTICSEARCH_URL`` takes them."""
        return ",".join(node.url for node in self.nodes)

    def node(self, name: str) -> ClusterNode:
        """The node of that name."""
        return next(node for node in self.nodes if node.name == name)

    def others(self, than: ClusterNode) -> list[ClusterNode]:
        """All but that one."""
        return [node for node in self.nodes if node is not than]

    def is_whole(self) -> None:
        """Return when every node sees all of them."""
        for node in self.nodes:
            eventually(
                lambda: node.sees(len(self.nodes)),  # noqa: B023 - called before the next turn
                f"{node.name} sees all nodes",
                _BOOT_SECONDS,
            )


@contextlib.contextmanager
def cluster_of(
    folder: Path,
    attributes: Sequence[Mapping[str, str]] = ({},),
    settings: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """A cluster that is whole, of which nothing runs afterwards.

    Args:
        attributes: a node for each; its ``node.attr.*``, as ``{"tier": "hot"}``.
        settings: Elasticsearch's own, of every node.
    """
    names = [f"node-{number}" for number in range(1, len(attributes) + 1)]
    ports = [free_port() for _ in names]
    together = {
        "discovery.type": "multi-node",
        "discovery.seed_hosts": ",".join(f"127.0.0.1:{port}" for port in ports),
        # Of the first start only: a node that has been in a cluster goes by its own data.
        "cluster.initial_master_nodes": ",".join(names),
        # A repository of snapshots must be the same folder for all.
        "path.repo": str(folder / "snapshots"),
        **(settings or {}),
    }
    cache_dir = Settings.from_env().cache_dir
    cluster = Cluster(
        [
            ClusterNode(
                NodeConfig(
                    folder / name,
                    cache_dir,
                    free_port(),
                    settings={
                        "node.name": name,
                        "transport.port": str(port),
                        **together,
                        **{f"node.attr.{key}": value for key, value in own.items()},
                    },
                )
            )
            for name, port, own in zip(names, ports, attributes, strict=True)
        ]
    )
    try:
        for node in cluster.nodes:
            node.start()
        cluster.is_whole()
        yield cluster
    finally:
        for node in cluster.nodes:
            node.kill()
