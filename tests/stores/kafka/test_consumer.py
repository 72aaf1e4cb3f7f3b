"""The consumer over a real broker and a real Elasticsearch: committed is what is settled, no more."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from elasticsearch import Elasticsearch

from app.domain.dead_letters import LetterQuery
from app.domain.outcomes import Status
from app.domain.sharding import Partition
from app.stores.elasticsearch.actions import Action, create_action
from app.stores.elasticsearch.bulk import bulk_client, send
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.kafka.cluster import KafkaAddress
from app.stores.kafka.consumer import QueueConsumer
from app.stores.kafka.messages import to_messages
from tests.engine.eventually import eventually
from tests.gate import Gate, gate_to
from tests.stores.kafka.conftest import PARTITIONS

pytestmark = pytest.mark.es

GOOD = b'{"timestamp":"2024-01-02T00:00:00Z","level":"INFO","service":"s","message":"m"}'
UNFIT = b'{"timestamp":"no time","level":"INFO","service":"s","message":"m"}'


class Seen:
    """What an observer was told."""

    def __init__(self) -> None:
        self.read = 0
        self.done: dict[Status, int] = {}
        self.strange = 0
        self.lag: dict[int, int] = {}

    def logged(self, records: int) -> None:
        self.read += records

    def settled(self, status: Status, records: int) -> None:
        self.done[status] = self.done.get(status, 0) + records

    def undecodable(self) -> None:
        self.strange += 1

    def queue(self, lag: Mapping[int, int], expired: Mapping[int, int]) -> None:
        self.lag = dict(lag)


class Running:
    """One consumer in a thread."""

    def __init__(
        self,
        address: KafkaAddress,
        es_url: str,
        prefix: str,
        close_seconds: float = 1.0,
        **how: Any,
    ) -> None:
        self.seen = Seen()
        self._client = connect(ClusterAddress((es_url,)))
        indices = Indices(self._client, prefix, IndexTemplates(self._client, prefix))
        letters = DeadLetters(self._client, prefix, indices, lambda: 0)
        shipper = Shipper(
            partial(send, bulk_client(self._client)), indices.create, letters.bury, self.seen
        )
        self.consumer = QueueConsumer(
            address,
            f"{address.topic}-group",
            shipper,
            letters.bury,
            lambda name: indices.partition(name) is not None,
            self.seen,
            # None of these is killed, and one that is slow is not to be taken for dead; but a member
            # learns only by every fourth part of it that others come and go.
            session_seconds=12.0,
            **how,
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self.consumer.run, args=(self._stopping, close_seconds)
        )
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()


Start = Callable[..., Running]


@pytest.fixture
def gate(es_url: str) -> Iterator[Gate]:
    """The way to Elasticsearch, which a test can shut."""
    with gate_to(es_url) as gate:
        yield gate


@pytest.fixture
def start(topic: KafkaAddress, gate: Gate, es_prefix: str) -> Iterator[Start]:
    """Starts a consumer; all of them are of one group."""
    with contextlib.ExitStack() as stack:

        def start_one(**how: Any) -> Running:
            running = Running(topic, gate.url, es_prefix, **how)
            stack.callback(running.stop)
            return running

        yield start_one


@pytest.fixture
def index(indices: Indices) -> str:
    name = indices.target(Partition("default", "2024.01.02"))
    indices.create(name)
    return name


def put(address: KafkaAddress, *actions: Action) -> None:
    messages = [(message.key, message.value) for message in to_messages(actions)]
    put_raw(address, *messages)


def put_raw(address: KafkaAddress, *messages: tuple[bytes | None, bytes | None]) -> None:
    producer = Producer({"bootstrap.servers": address.servers})
    for key, value in messages:
        producer.produce(address.topic, value, key)
    assert producer.flush(30.0) == 0


def committed(address: KafkaAddress) -> int:
    """How many messages the group has committed, over all partitions."""
    settings = {"bootstrap.servers": address.servers, "group.id": f"{address.topic}-group"}
    found: list[TopicPartition] = []

    def is_answered() -> bool:
        # A young broker is its groups' coordinator only once it has made and read their topic.
        with contextlib.suppress(KafkaException):
            found.extend(asking.committed(parts, timeout=10.0))
        return bool(found)

    with Consumer(settings) as asking:
        parts = [TopicPartition(address.topic, number) for number in range(PARTITIONS)]
        eventually(is_answered, "the coordinator answers")
    return sum(max(part.offset, 0) for part in found)


def stored(client: Elasticsearch, index: str) -> set[str]:
    client.indices.refresh(index=index)
    hits = client.search(index=index, size=1_000)["hits"]["hits"]
    return {hit["_id"] for hit in hits}


def action(id: str, index: str, source: bytes = GOOD, service: str = "s") -> Action:
    return create_action(id, index, source, service)


def test_what_waits_in_the_queue_is_stored_and_then_committed(
    start: Start, topic: KafkaAddress, client: Elasticsearch, index: str
) -> None:
    services = [f"service-{n}" for n in range(9)]
    put(topic, *[action(f"{name}-{n}", index, service=name) for name in services for n in (1, 2)])

    running = start()

    eventually(lambda: len(stored(client, index)) == 18, "all is stored")
    eventually(lambda: committed(topic) == len(services), "all is committed")
    eventually(lambda: sum(running.seen.lag.values()) == 0 and running.seen.lag, "no lag is left")
    assert len(running.seen.lag) == PARTITIONS
    eventually(lambda: running.consumer.trouble == "", "nothing is wrong")
    assert (running.seen.read, running.seen.done[Status.CREATED]) == (18, 18)


def test_nothing_is_committed_while_elasticsearch_is_away(
    start: Start, gate: Gate, topic: KafkaAddress, client: Elasticsearch, index: str
) -> None:
    gate.shut()
    put(topic, action("1", index))
    running = start()

    gate.wait_for_refusal()
    eventually(lambda: sum(running.seen.lag.values()) == 1, "the lag is seen")
    running.stop()
    assert (running.seen.read, committed(topic)) == (1, 0)

    gate.open()
    start()
    eventually(lambda: stored(client, index) == {"1"}, "the next one stores it")
    eventually(lambda: committed(topic) == 1, "and commits it")


def test_what_is_read_again_is_a_duplicate_and_harms_nobody(
    start: Start, topic: KafkaAddress, client: Elasticsearch, index: str
) -> None:
    put(topic, action("1", index))
    put(topic, action("1", index))

    running = start()

    eventually(lambda: committed(topic) == 2, "both are committed")
    assert stored(client, index) == {"1"}
    assert (running.seen.read, sum(running.seen.done.values())) == (2, 2)


def test_a_record_that_does_not_fit_becomes_a_dead_letter_and_its_neighbours_are_stored(
    start: Start, topic: KafkaAddress, client: Elasticsearch, index: str, letters: DeadLetters
) -> None:
    put(topic, action("1", index), action("2", index, UNFIT), action("3", index))

    start()

    eventually(lambda: committed(topic) == 1, "the message is committed")
    assert stored(client, index) == {"1", "3"}
    assert [letter.record_id for letter in letters.find(LetterQuery()).letters] == ["2"]


def test_messages_that_do_not_decode_become_dead_letters_and_hold_up_nobody(
    start: Start, topic: KafkaAddress, client: Elasticsearch, index: str, letters: DeadLetters
) -> None:
    strange = [
        b"no bulk lines",
        b"\xff\x00\xfe",
        None,
        b'{"create":{"_index":"x","_id":"1"}}\n{}\n',
    ]
    put_raw(topic, *[(b"k", value) for value in strange])
    put(topic, action("1", index))

    running = start()

    eventually(lambda: committed(topic) == 5, "all is committed")
    assert stored(client, index) == {"1"}
    assert running.seen.strange == 4
    found = [letters.get(letter.id) for letter in letters.find(LetterQuery()).letters]
    kept = [letter.record for letter in found if letter]
    for record in ("no bulk lines", "base64:/wD+", "", {"id": "1"}):
        assert record in kept
    assert {letter.error_type for letter in found if letter} == {"undecodable_message"}
    replayed = letters.replay([letter.id for letter in found if letter])
    assert {one.outcome.status for one in replayed if one.outcome} == {Status.REJECTED}
    assert not client.indices.exists(index="x")


def test_letters_wait_for_elasticsearch_and_are_not_committed_before(
    start: Start, gate: Gate, topic: KafkaAddress, letters: DeadLetters
) -> None:
    gate.shut()
    put_raw(topic, (b"k", b"strange"))
    running = start()

    gate.wait_for_refusal()
    eventually(lambda: running.seen.strange == 1, "the message is seen")
    assert committed(topic) == 0

    gate.open()
    eventually(lambda: committed(topic) == 1, "the letter is written")
    assert letters.find(LetterQuery()).total == 1


def test_no_more_is_read_than_may_be_held_and_all_is_stored_in_the_end(
    start: Start, gate: Gate, topic: KafkaAddress, client: Elasticsearch, index: str
) -> None:
    gate.shut()
    large = b'{"timestamp":"2024-01-02T00:00:00Z","level":"INFO","service":"s","message":"%b"}'
    for n in range(60):
        put(topic, action(f"{n}", index, large % (b"x" * 100_000), f"service-{n}"))

    running = start(memory_bytes=300_000)
    gate.wait_for_refusal()
    eventually(lambda: running.seen.read >= 3, "some are read")
    # Reading has stopped by the time that the lag was looked at twice more.
    for _ in range(2):
        running.seen.lag = {}
        eventually(lambda: sum(running.seen.lag.values()) == 60, "it looks at the lag")
    held = running.seen.read
    gate.open()

    eventually(lambda: len(stored(client, index)) == 60, "all is stored")
    eventually(lambda: committed(topic) == 60, "and committed")
    assert held < 60


def test_members_share_the_partitions_and_one_takes_over_what_another_leaves(
    start: Start, topic: KafkaAddress, client: Elasticsearch, index: str
) -> None:
    first = start(close_seconds=60.0)
    eventually(lambda: len(first.seen.lag) == PARTITIONS, "the first has all")
    second = start()
    eventually(
        lambda: len(first.seen.lag) + len(second.seen.lag) == PARTITIONS and second.seen.lag,
        "they share",
    )
    put(topic, *[action(f"{n}", index, service=f"service-{n}") for n in range(30)])
    eventually(lambda: len(stored(client, index)) == 30, "all is stored")

    first.stop()
    eventually(lambda: len(second.seen.lag) == PARTITIONS, "the second has all")
    put(topic, *[action(f"more-{n}", index, service=f"service-{n}") for n in range(30)])

    eventually(lambda: len(stored(client, index)) == 60, "all is stored")
    eventually(lambda: committed(topic) == 60, "and committed")
    # Nothing was read twice: what was settled was committed when it was handed over.
    assert min(first.seen.read, second.seen.read) > 0
    assert first.seen.read + second.seen.read == 60
