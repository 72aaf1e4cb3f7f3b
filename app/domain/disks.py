"""Disks of a cluster's nodes, and how full Elasticsearch lets them become."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class DataNode:
    """A node that holds data, and the disk under it.

    Attributes:
        tier: its tier attribute; empty if it has none.
        clock: its time, nanoseconds since the epoch; 0 if it does not tell.
        has_zstd: it can write the codec ``best_compression``; the local node says so in an attribute,
            others have the library.
    """

    name: str
    disk_bytes: int
    free_bytes: int
    tier: str = ""
    clock: int = 0
    has_zstd: bool = True

    @property
    def used(self) -> float:
        """The share of the disk that is taken, 0 to 1."""
        return 1 - self.free_bytes / self.disk_bytes if self.disk_bytes else 0.0


@dataclass(frozen=True)
class Watermark:
    """A line that the disk of a node should not be filled beyond.

    Attributes:
        most_used: share of the disk that may be taken, 0 to 1; None if only ``least_free`` counts.
        least_free: bytes that must stay free; with ``most_used``, never more than these (headroom).
    """

    most_used: float | None = None
    least_free: int | None = None

    def must_stay_free(self, disk_bytes: int) -> int:
        """Bytes of a disk of this size that must stay free."""
        if self.most_used is None:
            return self.least_free or 0
        by_share = round(disk_bytes * (1 - self.most_used))
        return by_share if self.least_free is None else min(by_share, self.least_free)

    def is_crossed(self, node: DataNode) -> bool:
        """Whether the disk of ``node`` is fuller than that."""
        return node.free_bytes < self.must_stay_free(node.disk_bytes)


@dataclass(frozen=True)
class Watermarks:
    """Elasticsearch's three: beyond ``low`` a node gets no new shards, beyond ``high`` its shards are
    moved away, beyond ``flood`` what it holds takes no writes.
    """

    low: Watermark
    high: Watermark
    flood: Watermark

    def room_bytes(self, nodes: Iterable[DataNode]) -> int:
        """Bytes that can still be written before the first line that moves shards, over all nodes."""
        return sum(
            max(0, node.free_bytes - self.high.must_stay_free(node.disk_bytes)) for node in nodes
        )
