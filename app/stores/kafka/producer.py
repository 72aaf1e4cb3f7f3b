"""The API's side of the queue: records are acknowledged when Kafka has them, not before."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import Appended
from app.stores.elasticsearch.admission import admit
from app.stores.elasticsearch.batch import Batch
from app.stores.elasticsearch.shares import Shares
from app.stores.kafka.cluster import KafkaAddress, open_client, reason_of, topic_trouble
from app.stores.kafka.connection import Connection
from app.stores.kafka.messages import LARGEST_MESSAGE_BYTES, MESSAGE_BYTES, Message, to_messages
from app.stores.kafka.waiting import WaitingBatch

_log = structlog.get_logger(__name__)
_POLL_SECONDS = 0.5


class KafkaWriter:
    """Writes actions to Kafka: an ``ActionWriter``. One object a process, made after a fork.

    Every copy in sync has a record before it is acknowledged (``acks=all``), and the client's own
    retries write nothing twice (idempotence). Both modes of acknowledgement are answered as accepted: it
    is another process that stores.

    Args:
        deadline: seconds that Kafka is given to take a record; then its sender is told that it failed.
        memory_bytes: of records that wait for Kafka; from half of that on, each service has its share.

    Raises:
        StoreError: an option of ``address`` cannot be used.
    """

    def __init__(
        self, address: KafkaAddress, *, deadline: float, memory_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self._address = address
        self._settings = {
            "acks": "all",
            "enable.idempotence": True,
            # For each message, with all its retries.
            "message.timeout.ms": int(deadline * 1_000),
            # What comes while requests are under way goes together; no timer holds up a lone one.
            "linger.ms": 0,
            "compression.type": "lz4",
            "partitioner": "murmur2_random",
            "message.max.bytes": LARGEST_MESSAGE_BYTES,
            # The bound is ours (``memory_bytes``).
            "queue.buffering.max.messages": 0,
            "queue.buffering.max.kbytes": 2_097_151,
            # A topic that we did not make would have one partition and whatever else is usual there.
            "allow.auto.create.topics": False,
            "error_cb": self._failed,
        }
        self._shares = Shares(memory_bytes)
        self._connection = Connection()
        self._producer = open_client(Producer, address, self._settings)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kafka-deliveries", daemon=True)
        self._thread.start()

    def write(self, batch: Batch, ack: Acknowledge, then: Appended) -> None:
        """Hand ``batch`` to Kafka; ``then`` is told when it has it, or did not take it in time."""
        admitted = admit(self._shares, batch, then)
        if admitted is None:
            return
        messages = to_messages(admitted.batch.actions())

        def settled(outcomes: list[Outcome]) -> None:
            admitted.release(len(admitted.batch.lines))
            admitted.then(outcomes)

        waiting = WaitingBatch(admitted.batch.ids, len(messages), settled)
        for message in messages:
            self._produce(message, waiting)

    def trouble(self) -> str:
        """Why Kafka takes nothing now; asks it."""
        return topic_trouble(self._producer.list_topics, self._address.topic)

    def close(self, seconds: float = 10.0) -> None:
        """Deliver what can be delivered within ``seconds``; the senders of the rest are told so."""
        self._stopping.set()
        self._thread.join()
        self._producer.flush(seconds)
        self._give_up(self._producer)

    def _produce(self, message: Message, batch: WaitingBatch) -> None:
        if self._stopping.is_set():
            batch.refuse(message.positions, _failure("the service is stopping"))
            return
        try:
            self._producer.produce(
                self._address.topic,
                message.value,
                message.key,
                headers=message.headers,
                on_delivery=partial(self._delivered, message, batch),
            )
        except (BufferError, KafkaException) as error:
            batch.refuse(message.positions, _failure(reason_of(error)))

    def _delivered(
        self, message: Message, batch: WaitingBatch, error: KafkaError | None, _: Any
    ) -> None:
        if error is None:
            self._connection.worked()
            batch.accept()
        elif error.code() == KafkaError.MSG_SIZE_TOO_LARGE and len(message.value) > MESSAGE_BYTES:
            # It is one record, and no other try will make it smaller.
            batch.refuse(message.positions, _too_large)
        else:
            batch.refuse(message.positions, _failure(error.str()))

    def _failed(self, error: KafkaError) -> None:
        # The client may be another one by the time that it tells.
        self._connection.failed(error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._producer.poll(_POLL_SECONDS)
                if self._connection.is_broken:
                    self._replace()
            except Exception:  # noqa: BLE001 -- nothing may end this thread: senders wait for it
                _log.exception("delivery_failed")

    def _replace(self) -> None:
        """A producer that met a fatal error never sends again: a new one takes its place."""
        broken = self._producer
        self._producer = open_client(Producer, self._address, self._settings)
        self._connection = Connection()
        self._give_up(broken)

    def _give_up(self, producer: Producer) -> None:
        producer.purge()
        producer.flush(1.0)


def _too_large(id: str) -> Outcome:
    reason = "the record is larger than the queue takes (max.message.bytes of the Kafka topic)"
    return Outcome.rejected(reason, id=id)


def _failure(reason: str) -> Callable[[str], Outcome]:
    return lambda name: Outcome.failed(f"Kafka did not take it: {reason}", id=name)
