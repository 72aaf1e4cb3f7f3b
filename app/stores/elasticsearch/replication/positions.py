"""Up to where each index of a peer has been copied, kept in the own cluster.

A position is noted after the records before it were stored; what a crash forgets is copied again, and
found to be there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.ports import StateStore
from app.stores.elasticsearch.replication.notes import Notes
from app.stores.elasticsearch.replication.site import SourceIndex

#: Nothing of a shard was copied.
NOTHING = -1


@dataclass
class Position:
    """Of one index.

    Attributes:
        documents: how many records it had when all of it had been copied; -1 before.
        shards: the sequence number of the last operation that needs no more attention.
    """

    name: str
    documents: int = -1
    shards: dict[int, int] = field(default_factory=dict)

    def of(self, shard: int) -> int:
        """The position in ``shard``."""
        return self.shards.get(shard, NOTHING)

    def behind(self, index: SourceIndex) -> int:
        """How many operations of ``index`` were not looked at yet."""
        return sum(max(end - self.of(shard), 0) for shard, end in index.checkpoints.items())


class Positions:
    """Those in the indices of one peer; used by one thread."""

    def __init__(self, state: StateStore, peer: str) -> None:
        self._state = state
        self._peer = peer
        self._notes: dict[str, Notes] = {}
        self._known: dict[str, dict[str, Position]] = {}

    def of(self, index: SourceIndex) -> Position:
        """The position in ``index``, to be changed in place.

        A copy of an index that was copied whole, with as many records, needs nothing: it is taken to
        have been copied, too.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        known = self._of_stream(index.partition.stream)
        if index.uuid not in known:
            position = Position(index.name)
            if index.base != index.name and any(
                other.name == index.base and other.documents == index.documents
                for other in known.values()
            ):
                position.documents = index.documents
                position.shards = dict(index.checkpoints)
            known[index.uuid] = position
        return known[index.uuid]

    def reached(self, uuid: str, shard: int, at: int) -> None:
        """All of ``shard`` up to ``at`` needs no more attention."""
        for known in self._known.values():
            if uuid in known:
                known[uuid].shards[shard] = at

    def has_begun(self, index: SourceIndex) -> bool:
        """Whether anything of ``index`` has ever been looked at.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        position = self._of_stream(index.partition.stream).get(index.uuid)
        return position is not None and any(at > NOTHING for at in position.shards.values())

    def save(self, indices: Iterable[SourceIndex]) -> None:
        """Note all positions; those in indices other than ``indices`` are forgotten.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        there: dict[str, set[str]] = {}
        for index in indices:
            there.setdefault(index.partition.stream, set()).add(index.uuid)
        for stream, known in self._known.items():
            kept = [uuid for uuid in known if uuid in there.get(stream, ())]
            self._known[stream] = {uuid: known[uuid] for uuid in kept}
            texts = {uuid: _to_text(known[uuid]) for uuid in kept}
            self._notes[stream].write(texts, keep=kept)

    def _of_stream(self, stream: str) -> dict[str, Position]:
        if stream not in self._known:
            notes = Notes(self._state, f"replication-position-{self._peer}-{stream}", _further)
            self._known[stream] = {uuid: _from_text(text) for uuid, text in notes.read().items()}
            self._notes[stream] = notes
        return self._known[stream]


def _to_text(position: Position) -> str:
    shards = ",".join(f"{shard}:{at}" for shard, at in sorted(position.shards.items()))
    return f"{position.name}|{position.documents}|{shards}"


def _from_text(text: str) -> Position:
    name, documents, shards = text.split("|")
    pairs = [pair.split(":") for pair in shards.split(",") if pair]
    return Position(name, int(documents), {int(shard): int(at) for shard, at in pairs})


def _further(old: str, new: str) -> str:
    """Of two processes that copy the same, what both have proved."""
    one, other = _from_text(old), _from_text(new)
    shards = one.shards | {shard: max(at, one.of(shard)) for shard, at in other.shards.items()}
    return _to_text(Position(other.name, other.documents, shards))
