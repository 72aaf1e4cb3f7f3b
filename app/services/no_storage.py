"""Storage figures where nothing lies on a disk: a store in memory."""

from collections.abc import Mapping, Sequence

from app.domain.disks import DataNode, Watermark, Watermarks
from app.domain.lifecycle import ClusterFacts
from app.domain.storage import Spreads


class NoStorage:
    """There are no indices, no disks, and hence nothing to tell."""

    def facts(self) -> ClusterFacts:
        """Nothing at all."""
        return ClusterFacts(clock=0, data_nodes=0)

    def by_service(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        """Nothing."""
        return {}

    def by_day(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        """Nothing."""
        return {}

    def disks(self) -> tuple[Sequence[DataNode], Watermarks]:
        """None."""
        return (), Watermarks(Watermark(), Watermark(), Watermark())
