"""Which hours of two regions need no more comparing, kept in the own cluster."""

from collections.abc import Iterable
from typing import TypeAlias

from app.domain.ports import StateStore
from app.domain.sharding import Partition
from app.stores.elasticsearch.replication.notes import Notes

#: Most hours that are remembered of a partition; of more, the oldest are compared again.
_MOST_HOURS = 10_000
_HOUR_MS = 3_600_000

#: Records of an hour in the source and in the target.
Counts: TypeAlias = tuple[int, int]


class Agreed:
    """Hours with the number of records that agreed; a text for each partition, a document a stream.

    Args:
        way: names the two regions, in the direction of the copying.
    """

    def __init__(self, state: StateStore, way: str) -> None:
        self._state = state
        self._way = way
        self._notes: dict[str, Notes] = {}
        self._hours: dict[Partition, dict[int, Counts]] = {}

    def counts(self, partition: Partition, hour: int) -> Counts | None:
        """How many records both sides had when nothing was left to copy; None if that never was.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        return self._of(partition).get(hour // _HOUR_MS)

    def note(self, partition: Partition, hour: int, counts: Counts) -> None:
        """With so many records there is nothing left to copy."""
        self._of(partition)[hour // _HOUR_MS] = counts

    def save(self, partitions: Iterable[Partition]) -> None:
        """Keep it, of ``partitions`` and no others.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        by_stream: dict[str, dict[str, str]] = {}
        for partition in partitions:
            texts = by_stream.setdefault(partition.stream, {})
            if partition in self._hours:
                texts[partition.period] = _to_text(self._hours[partition])
        for stream, texts in by_stream.items():
            periods = [part.period for part in partitions if part.stream == stream]
            self._of_stream(stream).write(texts, keep=periods)

    def _of(self, partition: Partition) -> dict[int, Counts]:
        if partition not in self._hours:
            text = self._of_stream(partition.stream).read().get(partition.period, "")
            self._hours[partition] = _from_text(text)
        return self._hours[partition]

    def _of_stream(self, stream: str) -> Notes:
        if stream not in self._notes:
            self._notes[stream] = Notes(self._state, f"replication-agreed-{self._way}-{stream}")
        return self._notes[stream]


def _to_text(hours: dict[int, Counts]) -> str:
    kept = sorted(hours.items())[-_MOST_HOURS:]
    return ",".join(f"{hour:x}:{theirs:x}:{ours:x}" for hour, (theirs, ours) in kept)


def _from_text(text: str) -> dict[int, Counts]:
    rows = [[int(part, 16) for part in row.split(":")] for row in text.split(",") if row]
    return {hour: (theirs, ours) for hour, theirs, ours in rows}
