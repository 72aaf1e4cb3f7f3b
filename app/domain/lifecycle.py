"""What the lifecycle of indices is decided on: facts about indices, archives and the cluster."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from app.domain.sharding import Partition


class Tier(StrEnum):
    """Where an index is in its life; ``archive`` is a snapshot, no index any more."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class IndexFacts:
    """One index of records, as the cluster shows it. Times are nanoseconds since the epoch.

    Attributes:
        name: of the concrete index.
        base: the name that it was made under, ``<prefix>-<stream>-<period>-<generation>``; a copy that
            takes its place (recompressed, shrunk) has another name and the same base.
        partition: the stream and period whose records it holds.
        generation: number within the partition, from 1.
        created_at: when the index was made; that of a copy is its original's.
        documents: records in it.
        primary_bytes, total_bytes: on disk, without and with replicas.
        largest_shard_bytes: of its largest primary shard.
        primaries, replicas: shards, and copies of each.
        tier: as it was moved last.
        is_write_index: new records of its partition go to it.
        is_searched: it bears the alias of its partition. A copy that is being made does not yet, an
            original whose copy has taken its place does no more.
        is_write_blocked: it takes no records (``index.blocks.write``).
        is_flooded: the disk of one of its nodes was nearly full (``read_only_allow_delete``).
        is_open: it is not closed.
        codec: of its stored fields, ``default`` or ``best_compression``.
        segments: of its primaries.
        oldest, newest: timestamps of the records that it really holds; None if it holds none.
        newest_arrival: when its newest record came; None if it holds none.
        marked_at: when it was marked for deletion; None if it is not.
        restored_until: until when it is to be searchable; None for what was not restored.
        archived_as: the verified snapshot that holds all of it; None if there is none.
        swapped_at: when its copy took its place; None if none did, or if that is not known.
    """

    name: str
    base: str
    partition: Partition
    generation: int
    created_at: int
    documents: int = 0
    primary_bytes: int = 0
    total_bytes: int = 0
    largest_shard_bytes: int = 0
    primaries: int = 1
    replicas: int = 0
    tier: Tier = Tier.HOT
    is_write_index: bool = True
    is_searched: bool = True
    is_write_blocked: bool = False
    is_flooded: bool = False
    is_open: bool = True
    health: Literal["green", "yellow", "red"] = "green"
    codec: str = "default"
    segments: int = 1
    oldest: int | None = None
    newest: int | None = None
    newest_arrival: int | None = None
    marked_at: int | None = None
    restored_until: int | None = None
    archived_as: str | None = None
    swapped_at: int | None = None


@dataclass(frozen=True)
class ArchiveFacts:
    """A verified snapshot of one index.

    Attributes:
        snapshot: its name in the repository.
        base: of the index (see ``IndexFacts``).
        newest, newest_arrival: of the records in it.
        marked_at: when it was marked for deletion; None if it is not.
    """

    snapshot: str
    base: str
    partition: Partition
    documents: int
    bytes: int
    taken_at: int
    newest: int | None
    newest_arrival: int | None
    marked_at: int | None = None


@dataclass(frozen=True)
class ClusterFacts:
    """What concerns all indices.

    Attributes:
        clock: the time by the cluster, nanoseconds since the epoch.
        tiers: those for which a node is there by its attribute; empty where no node has one, so that
            nothing is to be moved.
        data_nodes: nodes that hold data.
        disk_bytes, free_bytes: of all data nodes together.
    """

    clock: int
    tiers: frozenset[Tier] = frozenset()
    data_nodes: int = 1
    disk_bytes: int = 0
    free_bytes: int = 0
    indices: tuple[IndexFacts, ...] = ()
    archives: tuple[ArchiveFacts, ...] = field(default=())
