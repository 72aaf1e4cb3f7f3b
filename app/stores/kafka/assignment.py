"""The partitions that are ours now, and the offsets that are committed for them."""

from collections.abc import Iterable, Sequence

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from app.stores.kafka.budget import Budget
from app.stores.kafka.cluster import reason_of
from app.stores.kafka.partition import Partition

_log = structlog.get_logger(__name__)


class Assignment:
    """Follows the rebalances of one consumer; used by the thread that polls, and by no other.

    Attributes:
        has_joined: whether the group has given us our part, be it none.
    """

    def __init__(self, topic: str, budget: Budget) -> None:
        self._topic = topic
        self._budget = budget
        self._partitions: dict[int, Partition] = {}
        self.has_joined = False

    def __getitem__(self, number: int) -> Partition:
        """The partition of this number.

        Raises:
            KeyError: it is not ours, or not any more.
        """
        return self._partitions[number]

    @property
    def numbers(self) -> list[int]:
        """Those that are ours."""
        return sorted(self._partitions)

    def assigned(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """These are ours from now on."""
        self.has_joined = True
        for part in partitions:
            self._partitions[part.partition] = Partition(part.partition, self._budget)
        _log.info("partitions_assigned", partitions=[part.partition for part in partitions])

    def revoked(self, consumer: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """These go to another consumer, which goes on after what is settled of them."""
        going = [part.partition for part in partitions]
        self.commit(consumer, going, wait=True)
        self._drop(going)
        _log.info("partitions_revoked", partitions=going)

    def lost(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        """These have gone to another consumer already: there is nothing left to say about them."""
        going = [part.partition for part in partitions]
        self._drop(going)
        _log.warning("partitions_lost", partitions=going)

    def commit(
        self, consumer: Consumer, numbers: Iterable[int] | None = None, *, wait: bool = False
    ) -> None:
        """Commit what is settled and was not committed; of all partitions unless they are named.

        A commit that fails harms nobody: a later one says the same and more, and if none comes, what is
        read again is stored already.
        """
        offsets = []
        for number in self.numbers if numbers is None else numbers:
            partition = self._partitions.get(number)
            offset = partition.committable() if partition else None
            if partition is not None and offset is not None:
                partition.committed = offset
                offsets.append(TopicPartition(self._topic, number, offset))
        if not offsets:
            return
        try:
            if wait:
                consumer.commit(offsets=offsets, asynchronous=False)
            else:
                consumer.commit(offsets=offsets, asynchronous=True)
        except KafkaException as error:
            self._note_failure(reason_of(error), offsets)

    def commit_answered(self, error: KafkaError | None, offsets: Sequence[TopicPartition]) -> None:
        """What Kafka said to a commit that nobody waited for."""
        if error is not None:
            self._note_failure(error.str(), offsets)

    def _note_failure(self, reason: str, offsets: Sequence[TopicPartition]) -> None:
        _log.warning("commit_failed", reason=reason)
        for part in offsets:
            if found := self._partitions.get(part.partition):
                found.committed = None

    def _drop(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._partitions.pop(number, None)
