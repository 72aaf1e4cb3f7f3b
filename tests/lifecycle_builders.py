"""Facts of the lifecycle with a sensible value everywhere; a test names only what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.disks import DataNode, Watermark, Watermarks
from app.domain.errors import StoreUnavailableError
from app.domain.lifecycle import ArchiveFacts, ClusterFacts, IndexFacts
from app.domain.sharding import Partition
from app.domain.storage import Spreads
from tests.builders import NOON_NS

GB = 2**30
BY_SHARE = Watermarks(Watermark(0.85), Watermark(0.90), Watermark(0.95))


def index(name: str, **facts: Any) -> IndexFacts:
    """The facts of the index of this name, ``<prefix>-<stream>-<period>-<generation>``."""
    _, stream, period, generation = name.removesuffix("-warm").rsplit("-", 3)
    given = {"created_at": NOON_NS, **facts}
    return IndexFacts(name, name, Partition(stream, period), int(generation), **given)


def archive(snapshot: str, stream: str = "default", **facts: Any) -> ArchiveFacts:
    """A verified snapshot."""
    given = {
        "base": f"logfeed-{stream}-2026.10.01-000001",
        "partition": Partition(stream, "2026.10.01"),
        "documents": 100,
        "bytes": 1_000,
        "taken_at": NOON_NS,
        "newest": NOON_NS,
        "newest_arrival": NOON_NS,
        **facts,
    }
    return ArchiveFacts(snapshot, **given)


@dataclass
class FakeStorage:
    """Storage in memory.

    Attributes:
        asked: for how many indices each grouping was asked for.
        is_away: the cluster does not answer.
    """

    indices: Sequence[IndexFacts] = ()
    archives: Sequence[ArchiveFacts] = ()
    services: Mapping[str, Spreads] = field(default_factory=dict)
    days: Mapping[str, Spreads] = field(default_factory=dict)
    nodes: Sequence[DataNode] = ()
    is_away: bool = False
    asked: list[tuple[str, int]] = field(default_factory=list)

    def facts(self) -> ClusterFacts:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
        self.asked.append(("facts", 1))
        return ClusterFacts(NOON_NS, indices=tuple(self.indices), archives=tuple(self.archives))

    def by_service(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        self.asked.append(("service", len(indices)))
        return {name: self.services[name] for name in indices if name in self.services}

    def by_day(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        self.asked.append(("day", len(indices)))
        return {name: self.days[name] for name in indices if name in self.days}

    def disks(self) -> tuple[Sequence[DataNode], Watermarks]:
        return self.nodes, BY_SHARE
