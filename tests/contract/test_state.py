"""Shared state, in memory and in Elasticsearch: whoever is second does not write."""

from collections.abc import Iterator

import pytest

from app.domain.ports import StateStore
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.elasticsearch.templates import IndexTemplates
from app.stores.memory_state import InMemoryStateStore


@pytest.fixture
def elasticsearch_state(es_url: str, es_prefix: str) -> Iterator[StateStore]:
    with connect(ClusterAddress((es_url,))) as client:
        indices = Indices(client, es_prefix, IndexTemplates(client, es_prefix))
        yield ElasticsearchStateStore(client, es_prefix, indices)


@pytest.fixture
def memory_state() -> StateStore:
    return InMemoryStateStore()


@pytest.fixture(params=["memory", pytest.param("elasticsearch", marks=pytest.mark.es)])
def state(request: pytest.FixtureRequest) -> StateStore:
    """A state in which there is nothing yet."""
    made: StateStore = request.getfixturevalue(f"{request.param}_state")
    return made


def version(state: StateStore, key: str) -> str:
    there = state.read(key)
    assert there is not None
    return there.version


def test_where_nothing_was_ever_written_nothing_is_found(state: StateStore) -> None:
    assert state.find("") == {}
    assert state.read("a") is None
    assert not state.delete("a", "1/1")


def test_documents_are_found_by_the_beginning_of_their_key_in_its_order(state: StateStore) -> None:
    for key in ("b/2", "a/1", "b/1", "b", "B/3", "b/ü ?#"):
        assert state.create(key, {"key": key})

    found = state.find("b/")

    assert [(key, there.body) for key, there in found.items()] == [
        ("b/1", {"key": "b/1"}),
        ("b/2", {"key": "b/2"}),
        ("b/ü ?#", {"key": "b/ü ?#"}),
    ]
    assert found["b/1"].version == version(state, "b/1")


def test_what_was_just_changed_is_found_as_it_is_now(state: StateStore) -> None:
    state.create("a", {"n": 1})
    assert state.replace("a", {"n": 2}, version(state, "a"))
    state.create("gone", {})
    assert state.delete("gone", version(state, "gone"))

    assert {key: there.body for key, there in state.find("").items()} == {"a": {"n": 2}}


def test_a_deletion_must_name_the_version_that_is_there(state: StateStore) -> None:
    state.create("a", {"n": 1})
    seen = version(state, "a")
    state.replace("a", {"n": 2}, seen)

    assert not state.delete("a", seen)
    assert state.delete("a", version(state, "a"))
    assert state.read("a") is None


def test_what_was_deleted_can_be_made_again_with_another_version(state: StateStore) -> None:
    state.create("a", {"n": 1})
    seen = version(state, "a")
    state.delete("a", seen)

    assert not state.replace("a", {"n": 2}, seen)
    assert state.create("a", {"n": 3})
    assert version(state, "a") != seen
    assert not state.delete("a", seen)


@pytest.mark.parametrize("count", [2_001])
def test_more_documents_than_come_in_one_answer_are_all_found(
    state: StateStore, count: int, request: pytest.FixtureRequest
) -> None:
    if isinstance(state, ElasticsearchStateStore):
        # One by one they would take a minute.
        state.create("n/0000", {"n": 0})
        url, prefix = (request.getfixturevalue(name) for name in ("es_url", "es_prefix"))
        with connect(ClusterAddress((url,))) as client:
            operations = [
                part
                for n in range(1, count)
                for part in ({"create": {"_id": f"n/{n:04}"}}, {"n": n})
            ]
            assert not client.bulk(index=f"{prefix}-state", operations=operations)["errors"]
    else:
        for n in range(count):
            state.create(f"n/{n:04}", {"n": n})

    assert [there.body["n"] for there in state.find("n/").values()] == list(range(count))
