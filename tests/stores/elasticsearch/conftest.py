"""The parts of the Elasticsearch store, on a corner of the real node."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.templates import IndexTemplates


@pytest.fixture
def client(es_url: str) -> Iterator[Client]:
    # A node that does much else may need more than the usual 30 seconds for a large request.
    with connect(ClusterAddress((es_url,), timeout=120.0)) as client:
        yield client


@pytest.fixture
def templates(client: Client, es_prefix: str) -> IndexTemplates:
    return IndexTemplates(client, es_prefix)


@pytest.fixture
def indices(client: Client, es_prefix: str, templates: IndexTemplates) -> Indices:
    return Indices(client, es_prefix, templates)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of all that is sent by ``Client.exchange``, as it is."""
    targets: list[str] = []
    exchange = Client.exchange

    def noted(client: Client, method: str, target: str, *rest: Any) -> bytes:
        targets.append(target)
        return exchange(client, method, target, *rest)

    monkeypatch.setattr(Client, "exchange", noted)
    return targets
