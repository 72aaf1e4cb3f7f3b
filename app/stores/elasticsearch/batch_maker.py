"""Records as a batch of bulk actions, each bound for the index of its own time."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.entry import LogEntry
from app.domain.ports import Clock
from app.domain.sharding import Partition, ScalingStrategy
from app.stores.elasticsearch.actions import CreateLine, create_line
from app.stores.elasticsearch.batch import Batch
from app.stores.elasticsearch.documents import (
    Document,
    IngestSequence,
    encode_lines,
    to_document,
)


class KnownIndices(Protocol):
    """What is known of indices without asking anybody (see ``Indices``)."""

    def target(self, partition: Partition) -> str:
        """Where a new record of ``partition`` goes."""
        ...

    def elsewhere(self, partition: Partition, *, is_time_given: bool) -> tuple[str, ...] | None:
        """Where else a record may be that is sent again; None where that is not known."""
        ...


class BatchMaker:
    """Makes them; safe for use from several threads.

    Args:
        strategy: names stream and period of a record.
    """

    def __init__(self, strategy: ScalingStrategy, indices: KnownIndices, clock: Clock) -> None:
        self._strategy = strategy
        self._indices = indices
        self._sequence = IngestSequence(clock)

    def __call__(self, entries: Sequence[LogEntry], stream: str) -> Batch:
        """The actions that store ``entries``, in order."""
        first = self._sequence.take(len(entries))
        place = self._strategy.place
        targets, elsewhere = _Targets(self._indices), _Elsewhere(self._indices)
        # Encoded in one go: to encode each record by itself costs twice as much.
        parts: list[CreateLine | Document] = []
        looked_up: dict[int, tuple[str, ...] | None] = {}
        for at, entry in enumerate(entries):
            partition = place(entry, stream)
            parts.append(create_line(entry.id, targets[partition]))
            parts.append(to_document(entry, first + at))
            if entry.is_id_given and (names := elsewhere[partition, entry.is_time_given]) != ():
                looked_up[at] = names
        return Batch(
            encode_lines(parts),
            [entry.id for entry in entries],
            [entry.service for entry in entries],
            looked_up,
        )


class _Targets(dict[Partition, str]):
    """The index of each partition of one batch, asked for once."""

    def __init__(self, indices: KnownIndices) -> None:
        super().__init__()
        self._indices = indices

    def __missing__(self, partition: Partition) -> str:
        name = self[partition] = self._indices.target(partition)
        return name


class _Elsewhere(dict[tuple[Partition, bool], tuple[str, ...] | None]):
    """The other indices in which an id of a partition may be, by whether its time was given."""

    def __init__(self, indices: KnownIndices) -> None:
        super().__init__()
        self._indices = indices

    def __missing__(self, key: tuple[Partition, bool]) -> tuple[str, ...] | None:
        partition, is_time_given = key
        names = self[key] = self._indices.elsewhere(partition, is_time_given=is_time_given)
        return names
