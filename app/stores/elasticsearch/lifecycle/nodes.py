"""Nodes: which tier each is of, by an attribute of its own, and how full its disk is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.lifecycle import Tier
from app.stores.elasticsearch.lifecycle.calls import Calls

_MILLISECOND = 1_000_000


@dataclass(frozen=True)
class DataNode:
    """A node that holds data.

    Attributes:
        tier: by its attribute; empty if it has none.
        clock: the time by it, nanoseconds since the epoch.
        disk_bytes, free_bytes: of its disk.
        has_zstd: it can write the codec ``best_compression``; the local node says so in an attribute,
            others have the library.
    """

    name: str
    tier: str
    clock: int
    disk_bytes: int
    free_bytes: int
    has_zstd: bool


class Nodes:
    """Asks for nodes.

    Args:
        attribute: the one that tells the tier, as ``tier`` for ``node.attr.tier``.
    """

    def __init__(self, calls: Calls, attribute: str = "tier") -> None:
        self._calls = calls
        self.attribute = attribute

    @property
    def include(self) -> str:
        """The setting that keeps an index on the nodes of a tier."""
        return f"index.routing.allocation.include.{self.attribute}"

    def all(self) -> list[DataNode]:
        """Those that hold data."""
        with self._calls.asking() as client:
            found = client.nodes.stats(
                node_id="data:true", metric="fs",
                filter_path="nodes.*.name,nodes.*.attributes,nodes.*.timestamp,nodes.*.fs.total",
            ).body  # fmt: skip
        return [_data_node(node, self.attribute) for node in found.get("nodes", {}).values()]

    def of(self, tier: Tier) -> list[DataNode]:
        """The nodes on which an index of ``tier`` may be: all where no node has a tier."""
        nodes = self.all()
        if not any(node.tier for node in nodes):
            return nodes
        return [node for node in nodes if node.tier == tier]


def _data_node(node: Mapping[str, Any], attribute: str) -> DataNode:
    attributes, disk = node.get("attributes", {}), node.get("fs", {}).get("total", {})
    return DataNode(
        name=node["name"],
        tier=attributes.get(attribute, ""),
        clock=node["timestamp"] * _MILLISECOND,
        disk_bytes=disk.get("total_in_bytes", 0),
        free_bytes=disk.get("available_in_bytes", 0),
        has_zstd=attributes.get("zstd") != "false",
    )
