"""The API's side over a real broker: acknowledged is what Kafka has, and the rest is said."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from confluent_kafka import Consumer

from app.domain.errors import OverloadedError, StoreError, StoreUnavailableError
from app.domain.outcomes import Acknowledge, Outcome, Status
from app.stores.elasticsearch.actions import Action, create_action
from app.stores.elasticsearch.batch import batch_of
from app.stores.kafka.cluster import KafkaAddress, ensure_topic
from app.stores.kafka.messages import from_message
from app.stores.kafka.producer import KafkaWriter
from tests.engine.eventually import eventually
from tests.kafka_broker import Broker, broker_in
from tests.node import free_port
from tests.stores.kafka.conftest import make_topic

INDEX = "logfeed-default-2024.01.02-000001"
STORED, ACCEPTED = Acknowledge.STORED, Acknowledge.ACCEPTED

Open = Callable[..., KafkaWriter]
Told = Future[list[Outcome] | OverloadedError]


@pytest.fixture
def open_writer() -> Iterator[Open]:
    """Opens the writer of one process."""
    opened: list[KafkaWriter] = []

    def open_one(address: KafkaAddress, deadline: float = 30.0, **how: int) -> KafkaWriter:
        opened.append(KafkaWriter(address, deadline=deadline, **how))
        return opened[-1]

    yield open_one
    for writer in opened:
        writer.close(0)


def action(id: str, service: str = "shop", message: str = "m") -> Action:
    return create_action(id, INDEX, f'{{"message":"{message}"}}'.encode(), service)


def write(writer: KafkaWriter, actions: list[Action], ack: Acknowledge = ACCEPTED) -> Told:
    told: Told = Future()
    writer.write(batch_of(actions), ack, told.set_result)
    return told


def outcomes(told: Told) -> list[Outcome]:
    found = told.result(60.0)
    assert not isinstance(found, OverloadedError)
    return found


def read(address: KafkaAddress, messages: int) -> list[tuple[int, list[Action]]]:
    """The partition and the actions of each message of the topic."""
    settings = {"bootstrap.servers": address.servers, "group.id": address.topic}
    found: list[tuple[int, list[Action]]] = []

    def has_all() -> bool:
        message = consumer.poll(0.1)
        if message is not None and message.error() is None:
            actions = from_message(message.key(), message.value(), {}, lambda name: True)
            found.append((message.partition() or 0, actions))
        return len(found) >= messages

    with Consumer(settings | {"auto.offset.reset": "earliest"}) as consumer:
        consumer.subscribe([address.topic])
        eventually(has_all, f"{messages} messages are read")
    return found


@pytest.mark.parametrize("ack", [STORED, ACCEPTED])
def test_what_is_acknowledged_is_in_kafka_and_is_only_called_accepted(
    open_writer: Open, topic: KafkaAddress, ack: Acknowledge
) -> None:
    actions = [action("1"), action("2")]

    assert outcomes(write(open_writer(topic), actions, ack)) == [
        Outcome.accepted("1"),
        Outcome.accepted("2"),
    ]
    ((_, found),) = read(topic, 1)
    assert found == actions


def test_all_records_of_a_service_lie_in_one_partition(
    open_writer: Open, topic: KafkaAddress
) -> None:
    writer = open_writer(topic)
    services = [f"service-{n}" for n in range(20)]

    for batch in range(3):
        told = write(writer, [action(f"{batch}-{name}", name) for name in services])
        assert {outcome.status for outcome in outcomes(told)} == {Status.ACCEPTED}

    places: dict[str, set[int]] = {}
    for partition, actions in read(topic, 3 * len(services)):
        for found in actions:
            places.setdefault(found.service, set()).add(partition)
    assert sorted(places) == sorted(services)
    assert {len(found) for found in places.values()} == {1}
    assert len(set.union(*places.values())) > 1


def test_a_record_that_fills_many_pages_passes(open_writer: Open, topic: KafkaAddress) -> None:
    large = action("1", message="x" * 5_000_000)

    assert outcomes(write(open_writer(topic), [large])) == [Outcome.accepted("1")]


def test_a_broker_that_is_away_fails_each_record_in_time_and_takes_them_when_it_is_back(
    open_writer: Open, tmp_path: Path
) -> None:
    with broker_in(tmp_path) as own:
        address = KafkaAddress(own.servers, "records")
        make_topic(address, 1)
        writer = open_writer(address, deadline=1.0)

        def takes(id: str) -> bool:
            return outcomes(write(writer, [action(id)])) == [Outcome.accepted(id)]

        # The first one waits for more than itself.
        eventually(lambda: takes("1"), "the broker takes a record")
        eventually(lambda: writer.trouble() == "", "nothing is wrong")

        own.kill()
        (failed,) = outcomes(write(writer, [action("2")]))
        assert (failed.status, failed.id) == (Status.FAILED, "2")
        assert "Kafka did not take it" in (failed.reason or "")
        assert "Kafka cannot be reached" in writer.trouble()
        with pytest.raises(StoreUnavailableError, match="cannot be made"):
            ensure_topic(address, 1, 1)

        own.start()
        eventually(lambda: takes("2"), "the broker takes records again")
        own.pause()
        (failed,) = outcomes(write(writer, [action("3")]))
        own.resume()
        assert failed.status is Status.FAILED


def test_beyond_its_share_a_service_is_refused_and_others_may_still_write(
    open_writer: Open,
) -> None:
    nowhere = KafkaAddress(f"127.0.0.1:{free_port()}", "records")
    writer = open_writer(nowhere, deadline=60.0, memory_bytes=10_000)

    first = write(writer, [action("1", message="x" * 4_500)])
    refused = write(writer, [action("2", message="x" * 4_500)]).result(1.0)
    other = write(writer, [action("3", "bank"), action("4", message="x" * 4_500)])

    assert isinstance(refused, OverloadedError)
    assert not first.done()
    writer.close(0)
    assert [outcome.status for outcome in outcomes(first)] == [Status.FAILED]
    assert [outcome.id for outcome in outcomes(other)] == ["3", "4"]
    assert [outcome.reason for outcome in outcomes(other)] == [
        outcomes(first)[0].reason,
        "too many records of this service wait to be stored; send it again later",
    ]


def test_closing_delivers_what_waits(open_writer: Open, topic: KafkaAddress) -> None:
    writer = open_writer(topic)
    told = [write(writer, [action(f"{n}")]) for n in range(50)]

    writer.close(30.0)

    assert {outcomes(one)[0].status for one in told} == {Status.ACCEPTED}
    assert [o.status for o in outcomes(write(writer, [action("late")]))] == [Status.FAILED]


def test_two_records_of_one_id_each_have_their_own_outcome(
    open_writer: Open, topic: KafkaAddress
) -> None:
    told = write(open_writer(topic), [action("1", "shop"), action("1", "bank")])

    assert outcomes(told) == [Outcome.accepted("1"), Outcome.accepted("1")]
    assert len(read(topic, 2)) == 2


def test_a_topic_that_is_not_there_is_said_and_not_made_by_the_way(
    open_writer: Open, broker: Broker
) -> None:
    writer = open_writer(KafkaAddress(broker.servers, "never-made"), deadline=1.0)

    def is_told() -> bool:
        return "never-made cannot be used" in writer.trouble()

    eventually(is_told, "the topic is named")
    assert [o.status for o in outcomes(write(writer, [action("1")]))] == [Status.FAILED]
    eventually(is_told, "it is named still")


def test_a_topic_is_made_once_by_whoever_comes_first(broker: Broker) -> None:
    address = KafkaAddress(broker.servers, "made-by-many")

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: make_topic(address, 2), range(3)))

    make_topic(address, 5)


@pytest.mark.parametrize(
    ("option", "reason"), [("nonsense", "must be name=value"), ("no.such=1", "no.such")]
)
def test_an_option_that_cannot_be_used_is_named(option: str, reason: str) -> None:
    with pytest.raises(StoreError, match=f"LOGFEED_KAFKA_OPTIONS.*{reason}"):
        KafkaWriter(KafkaAddress("127.0.0.1:1", "records", (option,)), deadline=1.0)


def test_no_option_undoes_what_makes_the_queue_safe(open_writer: Open, topic: KafkaAddress) -> None:
    unsafe = KafkaAddress(topic.servers, topic.topic, ("acks=0", "enable.idempotence=false"))

    assert outcomes(write(open_writer(unsafe), [action("1")])) == [Outcome.accepted("1")]
