"""What the API and the consumer have in common of the queue, put together from the settings."""

from app.settings import Settings
from app.stores.kafka.cluster import KafkaAddress, ensure_topic
from app.stores.kafka.producer import KafkaWriter


def kafka_address(settings: Settings) -> KafkaAddress:
    """Where the queue is."""
    return KafkaAddress(settings.kafka_servers, settings.kafka_topic, settings.kafka_options)


def kafka_writer(settings: Settings) -> KafkaWriter:
    """The API's side of the queue.

    Raises:
        StoreError: an option of the client cannot be used.
    """
    return KafkaWriter(
        kafka_address(settings),
        deadline=settings.acknowledge_deadline,
        memory_bytes=settings.kafka_queue_bytes,
    )


def make_topic(settings: Settings) -> None:
    """Make the topic of the queue unless it is there.

    Raises:
        StoreUnavailableError: Kafka is away.
    """
    ensure_topic(kafka_address(settings), settings.kafka_partitions, settings.kafka_replication)
