"""Which hours two regions were found to have alike, kept in the own cluster."""

from collections.abc import Iterable

from app.domain.ports import StateStore
from app.domain.sharding import Partition
from app.stores.elasticsearch.replication.notes import Notes

#: Most hours that are remembered of a partition; of more, the oldest are compared again.
_MOST_HOURS = 10_000
_HOUR_MS = 3_600_000


class Agreed:
    """Hours with the number of records that agreed; a text for each partition, a document a stream.

    Args:
        way: names the two regions, in the direction of the copying.
    """

    def __init__(self, state: StateStore, way: str) -> None:
        self._state = state
        self._way = way
        self._notes: dict[str, Notes] = {}
        self._hours: dict[Partition, dict[int, int]] = {}

    def number(self, partition: Partition, hour: int) -> int | None:
        """How many records agreed; None if it never did.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        return self._of(partition).get(hour // _HOUR_MS)

    def note(self, partition: Partition, hour: int, number: int) -> None:
        """So many agreed."""
        self._of(partition)[hour // _HOUR_MS] = number

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

    def _of(self, partition: Partition) -> dict[int, int]:
        if partition not in self._hours:
            text = self._of_stream(partition.stream).read().get(partition.period, "")
            self._hours[partition] = _from_text(text)
        return self._hours[partition]

    def _of_stream(self, stream: str) -> Notes:
        if stream not in self._notes:
            self._notes[stream] = Notes(self._state, f"replication-agreed-{self._way}-{stream}")
        return self._notes[stream]


def _to_text(hours: dict[int, int]) -> str:
    kept = sorted(hours.items())[-_MOST_HOURS:]
    return ",".join(f"{hour:x}:{number:x}" for hour, number in kept)


def _from_text(text: str) -> dict[int, int]:
    pairs = [pair.split(":") for pair in text.split(",") if pair]
    return {int(hour, 16): int(number, 16) for hour, number in pairs}
