"""How Kafka is reached, and the topic in which records wait."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from app.domain.errors import StoreError, StoreUnavailableError
from app.stores.kafka.messages import LARGEST_MESSAGE_BYTES

_log = structlog.get_logger(__name__)
#: Seconds for a question that somebody waits for.
ANSWER_SECONDS = 3.0

Client = TypeVar("Client")


@dataclass(frozen=True)
class KafkaAddress:
    """Where the queue is.

    Attributes:
        servers: one or more ``host:port``, separated by commas.
        options: further settings of the client (librdkafka's, "Configuration properties"), as
            ``name=value``; none of them can undo what makes the queue safe.
    """

    servers: str
    topic: str
    options: tuple[str, ...] = ()


def open_client(
    kind: Callable[[dict[str, Any]], Client], address: KafkaAddress, settings: dict[str, Any]
) -> Client:
    """A client of Kafka; nothing is asked of it yet.

    Args:
        settings: of the client, beside those that all have in common.

    Raises:
        StoreError: an option is none of the client's, or its value is not allowed.
    """
    options: dict[str, str] = {}
    for option in address.options:
        name, equals, value = option.partition("=")
        if not equals:
            raise StoreError(f"LOGFEED_KAFKA_OPTIONS: {name!r} must be name=value")
        options[name] = value
    common = {
        "bootstrap.servers": address.servers,
        "client.id": "logfeed",
        "logger": logging.getLogger("librdkafka"),
        # It tells of every attempt to connect; what matters comes through ``error_cb``.
        "log_level": 2,
        "reconnect.backoff.max.ms": 2_000,
        "socket.timeout.ms": 10_000,
        "socket.keepalive.enable": True,
    }
    try:
        return kind(common | options | settings)
    except (KafkaException, TypeError, ValueError) as error:
        raise StoreError(f"LOGFEED_KAFKA_OPTIONS cannot be used: {reason_of(error)}") from None


def ensure_topic(address: KafkaAddress, partitions: int, copies: int) -> None:
    """Make the topic unless it is there; one that is there stays as it is.

    Args:
        partitions: at most so many consumers share the work.
        copies: of each partition, on as many brokers; -1 leaves that to the brokers.

    Raises:
        StoreUnavailableError: Kafka is away, or has not enough brokers for so many copies.
    """
    config = {"max.message.bytes": str(LARGEST_MESSAGE_BYTES)}
    if copies > 0:
        # What is acknowledged is on all copies but one at least, so that one broker may be lost.
        config["min.insync.replicas"] = str(max(copies - 1, 1))
    wanted = NewTopic(address.topic, partitions, copies, config=config)
    admin = open_client(AdminClient, address, {})
    made: Future[None] = admin.create_topics([wanted], request_timeout=ANSWER_SECONDS)[
        address.topic
    ]
    try:
        made.result()
    except KafkaException as error:
        if error_of(error).code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise StoreUnavailableError(
                f"the topic {address.topic} cannot be made: {reason_of(error)}"
            ) from None
    else:
        _log.info("topic_made", topic=address.topic, partitions=partitions)


def topic_trouble(list_topics: Callable[..., Any], topic: str) -> str:
    """Why ``topic`` cannot be used now, in a sentence; empty if it can.

    Args:
        list_topics: of the client that uses it.
    """
    try:
        found = list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
    except (KafkaException, RuntimeError) as error:
        return f"Kafka cannot be reached: {reason_of(error)}"
    if found.error is not None:
        return f"the topic {topic} cannot be used: {found.error.str()}"
    away = [part.id for part in found.partitions.values() if part.leader < 0]
    if away:
        return f"{len(away)} of {len(found.partitions)} partitions of {topic} have no leader"
    return ""


def error_of(error: KafkaException) -> KafkaError:
    """What Kafka says."""
    found = error.args[0]
    assert isinstance(found, KafkaError)  # noqa: S101 -- the library's own promise
    return found


def reason_of(error: BaseException) -> str:
    """The reason in a few words, without the addresses and numbers that the client adds."""
    found = error.args[0] if error.args else error
    return found.str() if isinstance(found, KafkaError) else str(found)
