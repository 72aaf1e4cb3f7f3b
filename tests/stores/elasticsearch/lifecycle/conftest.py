"""A corner of the real node for each test, its archive included."""

from collections.abc import Iterator

import pytest
from elasticsearch import Elasticsearch

from tests.stores.elasticsearch.lifecycle.corner import Corner


@pytest.fixture
def corner(client: Elasticsearch, es_prefix: str) -> Iterator[Corner]:
    yield Corner(client, es_prefix)
    quiet = client.options(ignore_status=404)
    found = quiet.snapshot.get(
        repository=f"{es_prefix}-archive", snapshot="*", verbose=False, ignore_unavailable=True
    )
    for snapshot in found.get("snapshots", ()):
        quiet.snapshot.delete(repository=f"{es_prefix}-archive", snapshot=snapshot["snapshot"])
    quiet.snapshot.delete_repository(name=f"{es_prefix}-archive")
