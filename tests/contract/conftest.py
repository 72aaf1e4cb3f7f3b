"""Every store that the project ships, one after the other, under the one suite in this folder."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.domain.ports import IMPORTED_STREAM, DatabaseInterface
from app.domain.sharding import ServiceBasedSharding, TimeBasedSharding
from app.stores.elasticsearch.bulk import send
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.elasticsearch.write_path import WritePath
from app.stores.memory import InMemoryDatabase
from app.stores.replicated import MasterSlaveReplication, MultiMasterReplication, ReplicatedDatabase
from app.stores.sharded import ShardedDatabase


@pytest.fixture
def elasticsearch_store(
    es_url: str, es_prefix: str, tmp_path: Path
) -> Iterator[ElasticsearchDatabase]:
    client = connect(ClusterAddress((es_url,)))
    indices = Indices(client, es_prefix, IndexTemplates(client, es_prefix))
    sharding = TimeBasedSharding("day", {IMPORTED_STREAM: "year"})
    letters = DeadLetters(client, es_prefix, indices, time.time_ns)
    shipper = Shipper(partial(send, client), indices.create, letters.bury)
    write_path = WritePath(tmp_path / "wal", shipper, deadline=120.0, allow_volatile=True)
    store = ElasticsearchDatabase(client, indices, sharding, time.time_ns, write_path)
    yield store
    store.close()


@pytest.fixture
def memory_store() -> DatabaseInterface:
    return InMemoryDatabase()


@pytest.fixture
def sharded_store() -> DatabaseInterface:
    by_service = ServiceBasedSharding(["billing"], buckets=2, within=TimeBasedSharding("day"))
    return ShardedDatabase(by_service, lambda partition: InMemoryDatabase())


@pytest.fixture
def master_slave_store() -> DatabaseInterface:
    return ReplicatedDatabase(
        MasterSlaveReplication(InMemoryDatabase(), [InMemoryDatabase(), InMemoryDatabase()])
    )


@pytest.fixture
def multi_master_store() -> DatabaseInterface:
    return ReplicatedDatabase(MultiMasterReplication([InMemoryDatabase(), InMemoryDatabase()]))


@pytest.fixture(
    params=[
        "memory",
        "sharded",
        "master_slave",
        "multi_master",
        pytest.param("elasticsearch", marks=pytest.mark.es),
    ]
)
def store(request: pytest.FixtureRequest) -> DatabaseInterface:
    """An empty store."""
    made: DatabaseInterface = request.getfixturevalue(f"{request.param}_store")
    return made
