"""A cluster over plain data: records are written, the lifecycle acts, and what goes is remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.domain.errors import StoreError
from app.domain.lifecycle import ArchiveFacts, ClusterFacts, IndexFacts, Tier
from app.domain.sharding import Partition, period_of
from retention.ages import Bounds
from retention.policy import Policies
from retention.routing import Router

PREFIX = "logfeed"
_RECORD_BYTES = 400


class KilledError(BaseException):
    """The process died between two calls; nobody in it can catch that."""


@dataclass
class SimulatedCluster:
    """Implements ``retention.admin.Admin``.

    Attributes:
        clock: the true time.
        kill_in: dies before the call that brings it to 0; None: never.
        deleted: what was deleted, with when.
        generations: every index that was made under a name of its own.
        rollovers: of each partition.
    """

    clock: Callable[[], int]
    tiers: frozenset[Tier] = frozenset()
    kill_in: int | None = None
    indices: dict[str, IndexFacts] = field(default_factory=dict)
    archives: dict[str, ArchiveFacts] = field(default_factory=dict)
    deleted: list[tuple[IndexFacts | ArchiveFacts, int]] = field(default_factory=list)
    generations: dict[Partition, int] = field(default_factory=dict)
    rollovers: dict[Partition, int] = field(default_factory=dict)
    writable: dict[Partition, str] = field(default_factory=dict)
    calls: int = 0
    _router: Router | None = None

    # What the API does.

    def write(
        self, policies: Policies, stream: str, timestamp: int, documents: int = 1_000
    ) -> IndexFacts:
        """Store records of one time in their partition; a closed one gets another generation."""
        partition = Partition(stream, period_of(timestamp, policies.life_of(stream).period))
        name = self.writable.get(partition)
        index = self.indices.get(name) if name else None
        if index is None or index.is_write_blocked or not index.is_write_index:
            index = self._make(partition)
        held = documents + index.documents
        written = replace(
            index,
            documents=held,
            total_bytes=held * _RECORD_BYTES,
            primary_bytes=held * _RECORD_BYTES,
            largest_shard_bytes=held * _RECORD_BYTES,
            oldest=timestamp if index.oldest is None else min(index.oldest, timestamp),
            newest=timestamp if index.newest is None else max(index.newest, timestamp),
            newest_arrival=self.clock(),
        )
        self.indices[written.name] = written
        return written

    def is_accepted(self, policies: Policies, bounds: Bounds, stream: str, timestamp: int) -> bool:
        """Whether a record of that time may come, as the write path decides it."""
        self._router = self._router or Router(policies)
        oldest = self._router.oldest_age(stream)
        ages = [age for age in (oldest, bounds.accepted_age) if age is not None]
        if policies.life_of(stream).counts_from == "arrival" or not ages:
            return True
        return self.clock() - timestamp < min(ages)

    # What the lifecycle does.

    def facts(self) -> ClusterFacts:
        """All of it."""
        self._call()
        return ClusterFacts(
            clock=self.clock(),
            tiers=self.tiers,
            indices=tuple(self.indices.values()),
            archives=tuple(self.archives.values()),
        )

    def roll_over(self, index: IndexFacts) -> None:
        """Block, flip the alias, make the next generation: each a call."""
        if not self.indices[index.name].is_write_blocked:
            self.rollovers[index.partition] = self.rollovers.get(index.partition, 0) + 1
        self.close_for_writing(index)
        self._call()
        if self.writable.get(index.partition) == index.name:
            self._make(index.partition)

    def close_for_writing(self, index: IndexFacts) -> None:
        """Block, flip the alias."""
        self._change(index.name, is_write_blocked=True)
        self._change(index.name, is_write_index=False)

    def warm(self, index: IndexFacts, replicas: int | None) -> None:
        """Copy, recompress, swap: each a call, gone on with where it stopped."""
        source = self.indices[index.name]
        if not source.is_write_blocked or source.is_write_index:
            raise StoreError(f"{index.name} takes records")
        copy = f"{index.base}-{Tier.WARM}"
        if copy not in self.indices:
            self._call()
            self.indices[copy] = replace(source, name=copy, is_searched=False)
        size = source.total_bytes // 2
        self._change(copy, tier=Tier.WARM, total_bytes=size, codec="best_compression")
        self._call()
        now = self.clock()
        self.indices[copy] = replace(self.indices[copy], is_searched=True, swapped_at=now)
        self.indices[index.name] = replace(source, is_searched=False, swapped_at=now)

    def move(self, index: IndexFacts, tier: Tier, replicas: int | None) -> None:
        """Note the tier."""
        if self.tiers and tier not in self.tiers:
            raise StoreError(f"no node of the tier {tier}")
        self._change(index.name, tier=tier)

    def archive(self, index: IndexFacts) -> None:
        """Take a snapshot, note it: each a call."""
        self._call()
        name = f"{index.base}-snapshot"
        held = self.indices[index.name]
        self.archives[name] = ArchiveFacts(
            name, index.base, index.partition, held.documents, held.primary_bytes, self.clock(),
            held.newest, held.newest_arrival,
        )  # fmt: skip
        self._change(index.name, archived_as=name)

    def restore(self, snapshot: str, until: int) -> None:
        """Make an index of an archive."""
        self._call()
        kept = self.archives[snapshot]
        name = f"{kept.base}-restored"
        self.indices[name] = IndexFacts(
            name, kept.base, kept.partition, 1, kept.taken_at, documents=kept.documents,
            newest=kept.newest, newest_arrival=kept.newest_arrival, is_write_index=False,
            is_write_blocked=True, restored_until=until,
        )  # fmt: skip

    def mark(self, target: str, at: int | None) -> None:
        """Note when."""
        if target in self.indices:
            self._change(target, marked_at=at)
        else:
            self._call()
            self.archives[target] = replace(self.archives[target], marked_at=at)

    def delete(self, index: IndexFacts) -> None:
        """Remember what it held to the end."""
        self._call()
        self.deleted.append((self.indices.pop(index.name), self.clock()))

    def delete_archive(self, snapshot: str) -> None:
        """Likewise."""
        self._call()
        self.deleted.append((self.archives.pop(snapshot), self.clock()))

    def clean_up(self, index: IndexFacts) -> None:
        """Remove it, if nobody searches it."""
        self._call()
        if self.indices[index.name].is_searched:
            raise StoreError(f"{index.name} is searched")
        del self.indices[index.name]

    def note(self, document: dict[str, str | int | None]) -> None:
        """Nothing is kept of it."""
        self._call()

    def _make(self, partition: Partition) -> IndexFacts:
        number = self.generations.get(partition, 0) + 1
        self.generations[partition] = number
        base = f"{PREFIX}-{partition.stream}-{partition.period}-{number:06d}"
        made = IndexFacts(base, base, partition, number, self.clock())
        self.indices[base] = made
        self.writable[partition] = base
        return made

    def _change(self, name: str, **facts: object) -> None:
        self._call()
        self.indices[name] = replace(self.indices[name], **facts)  # type: ignore[arg-type]

    def _call(self) -> None:
        self.calls += 1
        if self.kill_in is not None:
            self.kill_in -= 1
            if self.kill_in <= 0:
                self.kill_in = None
                raise KilledError
