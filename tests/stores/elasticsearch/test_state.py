"""Shared state: one writer wins, the other is told."""

import pytest
from elasticsearch import Elasticsearch

from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.state import ElasticsearchStateStore

pytestmark = pytest.mark.es


@pytest.fixture
def state(client: Elasticsearch, es_prefix: str, indices: Indices) -> ElasticsearchStateStore:
    return ElasticsearchStateStore(client, es_prefix, indices)


def test_what_nobody_wrote_is_not_there(state: ElasticsearchStateStore) -> None:
    assert state.read("lease") is None


def test_the_first_to_create_wins(state: ElasticsearchStateStore) -> None:
    assert state.create("lease", {"owner": "a"})
    assert not state.create("lease", {"owner": "b"})

    found = state.read("lease")
    assert found is not None
    assert found.body == {"owner": "a"}


def test_a_change_must_name_the_version_it_saw(state: ElasticsearchStateStore) -> None:
    state.create("lease", {"owner": "a"})
    seen = state.read("lease")
    assert seen is not None

    assert state.replace("lease", {"owner": "b"}, seen.version)
    assert not state.replace("lease", {"owner": "c"}, seen.version)

    found = state.read("lease")
    assert found is not None
    assert found.body == {"owner": "b"}
