"""The other side of the queue: what Kafka has goes to Elasticsearch, and is committed after that."""

import threading
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Protocol

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from app.domain.errors import StoreError
from app.stores.elasticsearch.batch import batch_of
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.sender import Bury
from app.stores.kafka.assignment import Assignment
from app.stores.kafka.budget import Budget
from app.stores.kafka.cluster import (
    ANSWER_SECONDS,
    KafkaAddress,
    open_client,
    reason_of,
    topic_trouble,
)
from app.stores.kafka.connection import Connection
from app.stores.kafka.messages import from_message
from app.stores.kafka.partition import QueuedGroup
from app.stores.kafka.undecodable import UndecodableMessages

_log = structlog.get_logger(__name__)
_POLL_SECONDS, _COMMIT_SECONDS, _LOOK_SECONDS = 0.1, 0.5, 2.0
#: Most messages of one turn, so that commits and rebalances are not kept waiting.
_AT_ONCE = 500


class Ships(Protocol):
    """What the consumer needs of a shipper."""

    def submit(self, group: Group) -> None:
        """Take ``group`` in."""
        ...

    def wake(self) -> None:
        """Ship what was submitted."""
        ...

    def close(self, seconds: float) -> None:
        """Stop after at most ``seconds``."""
        ...


class QueueObserver(Protocol):
    """Is told what the consumer sees; must be quick and must not raise."""

    def undecodable(self) -> None:
        """One more message that is no record of ours."""
        ...

    def queue(self, lag: Mapping[int, int], expired: Mapping[int, int]) -> None:
        """For each of our partitions: messages that are not committed, and such that Kafka deleted."""
        ...


class QueueConsumer:
    """Reads the topic as one of a group, and ships what it reads.

    Args:
        group: its members share the partitions.
        is_ours: whether an index of this name is for our records.
        session_seconds: a consumer that is silent for so long is taken for dead, and its partitions go
            to others.
        memory_bytes: of messages that were read and are not settled.

    Attributes:
        trouble: why it is not at work, in a sentence; empty if it is.

    Raises:
        StoreError: an option of ``address`` cannot be used.
    """

    def __init__(
        self,
        address: KafkaAddress,
        group: str,
        shipper: Ships,
        bury: Bury,
        is_ours: Callable[[str], bool],
        observer: QueueObserver,
        *,
        session_seconds: float = 10.0,
        memory_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._address = address
        self._shipper = shipper
        self._is_ours = is_ours
        self._observer = observer
        self._budget = Budget(memory_bytes)
        self._assignment = Assignment(address.topic, self._budget)
        self._connection = Connection()
        self._paused: set[int] = set()
        self._next_commit = self._next_look = 0.0
        self.trouble = "it has not joined its group yet"
        self._consumer = open_client(
            Consumer,
            address,
            {
                "group.id": group,
                # Offsets are committed by us, when what was read is settled.
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                # A rebalance takes away only what moves.
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": int(session_seconds * 1_000),
                "heartbeat.interval.ms": int(session_seconds * 1_000 / 4),
                "queued.max.messages.kbytes": 16 * 1024,
                "fetch.max.bytes": 8 * 1024 * 1024,
                "message.max.bytes": 8 * 1024 * 1024,
                "on_commit": self._assignment.commit_answered,
                "error_cb": self._connection.failed,
            },
        )
        self._undecodable = UndecodableMessages(address.topic, bury)

    def run(self, stopping: threading.Event, close_seconds: float = 10.0) -> None:
        """Ship until ``stopping``; what is under way then gets ``close_seconds`` to be settled.

        Raises:
            StoreError: Kafka will have nothing more to do with this consumer.
        """
        self._consumer.subscribe(
            [self._address.topic],
            on_assign=self._assignment.assigned,
            on_revoke=self._assignment.revoked,
            on_lost=self._assignment.lost,
        )
        try:
            while not stopping.is_set():
                self._take(self._poll())
                self._mind_memory()
                now = monotonic()
                if now >= self._next_commit:
                    self._next_commit = now + _COMMIT_SECONDS
                    self._assignment.commit(self._consumer)
                if now >= self._next_look:
                    self._next_look = now + _LOOK_SECONDS
                    self._look()
        finally:
            self.trouble = "it is stopping"
            self._shipper.close(close_seconds)
            self._undecodable.close()
            self._assignment.commit(self._consumer, wait=True)
            self._consumer.close()

    def _poll(self) -> list[Message]:
        first = self._consumer.poll(_POLL_SECONDS)
        if first is None:
            return []
        return [first, *self._consumer.consume(_AT_ONCE, 0.0)]

    def _take(self, messages: Sequence[Message]) -> None:
        for message in messages:
            error = message.error()
            if error is None:
                self._ship(message)
            else:
                self._note(error)
        if messages:
            self._shipper.wake()

    def _ship(self, message: Message) -> None:
        number, offset, value = message.partition(), message.offset(), message.value()
        try:
            partition = self._assignment[number if number is not None else -1]
        except KeyError:
            return  # taken away since it was fetched; whoever has it now reads it
        assert offset is not None  # noqa: S101 -- every message that was read has one
        partition.take(offset, len(value or b""))
        try:
            headers = dict(message.headers() or {})
            actions = from_message(message.key(), value, headers, self._is_ours)
        except ValueError as error:
            self._observer.undecodable()
            self._undecodable.add(partition, offset, value or b"", str(error))
        else:
            self._shipper.submit(QueuedGroup(partition, offset, batch_of(actions)))

    def _note(self, error: KafkaError) -> None:
        if error.fatal():
            raise StoreError(f"Kafka has shut this consumer out: {error.str()}")
        _log.warning("not_read", reason=error.str())

    def _mind_memory(self) -> None:
        """Read no more than may be held; the client must be polled all the same, or it is thrown out."""
        ours = set(self._assignment.numbers)
        self._paused &= ours
        wanted = set() if self._budget.allows_more() else ours
        if pausing := wanted - self._paused:
            self._consumer.pause(self._named(pausing))
        if resuming := self._paused - wanted:
            self._consumer.resume(self._named(resuming))
        self._paused = wanted

    def _look(self) -> None:
        """See how far behind we are, and thereby whether Kafka answers."""
        lag, expired = {}, {}
        try:
            named = self._named(self._assignment.numbers)
            if not named:
                self.trouble = self._why_idle()
            for part in self._consumer.committed(named, timeout=ANSWER_SECONDS) if named else []:
                low, high = self._consumer.get_watermark_offsets(part, timeout=ANSWER_SECONDS)
                is_committed = part.offset >= 0
                lag[part.partition] = high - (max(part.offset, low) if is_committed else low)
                expired[part.partition] = max(low - part.offset, 0) if is_committed else 0
                self.trouble = ""
        except KafkaException as error:
            self.trouble = f"Kafka cannot be reached: {reason_of(error)}"
            return
        if not self.trouble:
            self._connection.worked()
        self._observer.queue(lag, expired)

    def _why_idle(self) -> str:
        if not self._assignment.has_joined:
            return topic_trouble(self._consumer.list_topics, self._address.topic) or self.trouble
        # Others may have all partitions.
        return topic_trouble(self._consumer.list_topics, self._address.topic)

    def _named(self, numbers: Sequence[int] | set[int]) -> list[TopicPartition]:
        return [TopicPartition(self._address.topic, number) for number in sorted(numbers)]
