"""Metadata of any shape: a key that is a number here and text there, and ten thousand keys."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.domain.filters import FieldExistsFilter, FieldFilter, FieldRangeFilter, Filter
from app.domain.outcomes import Status
from app.domain.query import Query
from app.domain.sharding import TimeBasedSharding
from app.stores.elasticsearch.bulk import send
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.shipper import Shipper
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.elasticsearch.write_path import WritePath
from tests.builders import entry

pytestmark = pytest.mark.es


@pytest.fixture
def store(
    client: Client, indices: Indices, es_prefix: str, tmp_path: Path
) -> Iterator[ElasticsearchDatabase]:
    letters = DeadLetters(client, es_prefix, indices, time.time_ns)
    shipper = Shipper(partial(send, client), indices.create, letters.bury)
    write_path = WritePath(tmp_path / "wal", shipper, deadline=60.0, allow_volatile=True)
    store = ElasticsearchDatabase(
        client, indices, TimeBasedSharding("day"), time.time_ns, write_path
    )
    yield store
    store.close()


def found(store: ElasticsearchDatabase, filter: Filter) -> set[str]:
    return {entry.id for entry in store.search(Query(filter)).entries}


def test_a_key_may_be_a_number_in_one_record_and_text_or_an_object_in_another(
    store: ElasticsearchDatabase,
) -> None:
    stored = store.append(
        [
            entry("number", metadata={"code": 42}),
            entry("text", metadata={"code": "42"}),
            entry("word", metadata={"code": "forty-two"}),
            entry("flag", metadata={"code": True}),
            entry("object", metadata={"code": {"http": 42}}),
            entry("list", metadata={"code": [7, "42", None]}),
        ]
    )
    store.refresh()

    assert {outcome.status for outcome in stored} == {Status.CREATED}
    assert found(store, FieldFilter("code", "eq", "42")) == {"number", "text", "list"}
    assert found(store, FieldFilter("code", "eq", 42)) == {"number"}
    assert found(store, FieldRangeFilter("code", 7, 41)) == {"list"}
    assert found(store, FieldRangeFilter("code", "f", "g")) == {"word"}
    assert found(store, FieldFilter("code.http", "eq", 42)) == {"object"}
    assert found(store, FieldExistsFilter("code")) == {"number", "text", "word", "flag", "list"}


def test_ten_thousand_keys_do_not_grow_the_mapping(
    store: ElasticsearchDatabase, client: Client, es_prefix: str
) -> None:
    store.append([entry("first")])
    before = client.indices.get_mapping(index=f"{es_prefix}-*-*-*").body

    stored = store.append(
        [
            entry(str(at), metadata={f"key_{at * 100 + n}": n for n in range(100)})
            for at in range(100)
        ]
    )
    store.refresh()

    assert {outcome.status for outcome in stored} == {Status.CREATED}
    assert client.indices.get_mapping(index=f"{es_prefix}-*-*-*").body == before
    assert found(store, FieldFilter("key_9999", "eq", 99)) == {"99"}
    assert found(store, FieldRangeFilter("key_0", None, 0)) == {"0"}
