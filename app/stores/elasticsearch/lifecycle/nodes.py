"""Nodes: which tier each is of, by an attribute of its own, and how full its disk is."""

from app.domain.disks import DataNode
from app.domain.lifecycle import Tier
from app.stores.elasticsearch.disks import data_nodes
from app.stores.elasticsearch.lifecycle.calls import Calls


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
            return data_nodes(client, self.attribute)

    def of(self, tier: Tier) -> list[DataNode]:
        """The nodes on which an index of ``tier`` may be: all where no node has a tier."""
        nodes = self.all()
        if not any(node.tier for node in nodes):
            return nodes
        return [node for node in nodes if node.tier == tier]
