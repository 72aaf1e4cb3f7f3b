"""A real broker, and a topic of it for each test."""

import uuid
from collections.abc import Iterator

import pytest

from app.domain.errors import StoreUnavailableError
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.kafka.cluster import KafkaAddress, ensure_topic
from tests.engine.eventually import eventually
from tests.kafka_broker import Broker, broker_in

PARTITIONS = 3


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that no test harms."""
    with broker_in(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def topic(broker: Broker) -> KafkaAddress:
    """A topic of three partitions, for one test."""
    address = KafkaAddress(broker.servers, f"t-{uuid.uuid4().hex[:8]}")
    make_topic(address, PARTITIONS)
    return address


def make_topic(address: KafkaAddress, partitions: int) -> None:
    """Make it as the services do: a young or busy broker may have to be asked again."""

    def is_made() -> bool:
        try:
            ensure_topic(address, partitions, 1)
        except StoreUnavailableError:
            return False
        return True

    eventually(is_made, "the topic is there")


@pytest.fixture
def client(es_url: str) -> Iterator[Client]:
    with connect(ClusterAddress((es_url,))) as client:
        yield client


@pytest.fixture
def indices(client: Client, es_prefix: str) -> Indices:
    return Indices(client, es_prefix, IndexTemplates(client, es_prefix))


@pytest.fixture
def letters(client: Client, es_prefix: str, indices: Indices) -> DeadLetters:
    return DeadLetters(client, es_prefix, indices, lambda: 0)
