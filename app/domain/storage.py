"""What is known of the room that records take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, get_args

from app.domain.disks import DataNode, Watermarks
from app.domain.lifecycle import ClusterFacts, Tier

By: TypeAlias = Literal["stream", "tier", "service", "day"]
EVERY_BY: tuple[By, ...] = get_args(By)


@dataclass(frozen=True)
class Spread:
    """The records of one index that have one thing in common: their service, or their day.

    Attributes:
        oldest, newest: their timestamps, nanoseconds since the epoch, to the millisecond.
    """

    documents: int
    oldest: int
    newest: int


#: By service, or by day (``2026-11-24``, in UTC).
Spreads = Mapping[str, Spread]

#: Where the records of those services are counted that an index has no place for.
OTHER_SERVICES = "(others)"


@dataclass(frozen=True)
class Usage:
    """What a group of records takes.

    Attributes:
        name: of the group.
        indices: that hold some of it.
        primary_bytes, total_bytes: on disk, without and with replicas; of the tier ``archive``, in the
            repository.
        growth_bytes: a day, replicas included, what is deleted not taken off; None where it is not known
            yet, or means nothing.
        growth_documents: likewise.
        oldest, newest: timestamps of records; None if there are none.
        is_estimated: bytes and growth are parts of indices, by the number of documents.
    """

    name: str
    indices: int = 0
    documents: int = 0
    primary_bytes: int = 0
    total_bytes: int = 0
    growth_bytes: int | None = None
    growth_documents: int | None = None
    oldest: int | None = None
    newest: int | None = None
    is_estimated: bool = False


@dataclass(frozen=True)
class StreamTier:
    """What a stream has on a tier."""

    stream: str
    tier: Tier
    documents: int
    primary_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class StorageFigures:
    """All that is told of storage.

    Attributes:
        total: of all indices; archives are not part of it.
        groups: by what was asked for, the largest first; tiers and days in their own order.
        stream_tiers: each stream on each tier, archives included.
        growth_days: full days that the growth is the mean of; 0 while there is not one yet.
        room_bytes: that can be written before Elasticsearch begins to move shards away.
        days_until_full: how long that lasts at this growth; None if nothing grows, or it is not known.
    """

    total: Usage
    groups: Mapping[By, Sequence[Usage]]
    stream_tiers: Sequence[StreamTier]
    growth_days: int
    room_bytes: int
    days_until_full: float | None


class StorageSource(Protocol):
    """Tells how much there is.

    Raises:
        StoreUnavailableError: the store cannot answer now.
    """

    def facts(self) -> ClusterFacts:
        """Indices and archives."""
        ...

    def by_service(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        """How the records of each index are spread over services; many are summed up under
        ``OTHER_SERVICES``."""
        ...

    def by_day(self, indices: Sequence[str]) -> Mapping[str, Spreads]:
        """How the records of each index are spread over days."""
        ...

    def disks(self) -> tuple[Sequence[DataNode], Watermarks]:
        """The nodes that hold data, and how full they may become."""
        ...
