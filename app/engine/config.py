"""What the local node is told: folders, port and heap, and what follows from them."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

_MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class NodeConfig:
    """A local node.

    Attributes:
        data_dir: what must survive a restart: indices, snapshots and logs.
        cache_dir: what was fetched; other installations may share it.
        http_port: port of Elasticsearch's HTTP on loopback.
        heap: size of the Java heap, ``512m`` or ``2g``.
        settings: Elasticsearch's own, in place of or beside those that the rest makes.
    """

    data_dir: Path
    cache_dir: Path
    http_port: int = 9200
    heap: str = "512m"
    settings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the node answers."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def heap_mib(self) -> int:
        """The heap in MiB."""
        number, unit = int(self.heap[:-1]), self.heap[-1]
        return number * 1024 if unit == "g" else number

    @property
    def memory_bytes(self) -> int:
        """Bytes the process needs: the heap, and about 300 MiB for classes, threads and buffers."""
        return (self.heap_mib + 300) * _MIB

    @property
    def indices_dir(self) -> Path:
        """Elasticsearch's own data folder."""
        return self.data_dir / "elasticsearch"

    @property
    def snapshots_dir(self) -> Path:
        """The only folder in which the node may keep snapshot repositories."""
        return self.data_dir / "snapshots"

    @property
    def logs_dir(self) -> Path:
        """Folder of the logs of Elasticsearch and of the API."""
        return self.data_dir / "logs"
