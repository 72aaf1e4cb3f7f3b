"""A figure, a trace or a sample whose client hangs up is stopped on a real node."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.errors import CancelledError, LogfeedError
from app.domain.reading import Cancellation
from app.domain.sharding import TimeBasedSharding
from app.services.cached_answers import CachedAnswers
from app.stores.elasticsearch.aggregations import ElasticsearchAggregations
from app.stores.elasticsearch.cancelling import cancelling
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.messages import ElasticsearchMessages
from app.stores.elasticsearch.reader import ElasticsearchReader
from app.stores.elasticsearch.searching import Searcher
from app.stores.local_cache import LocalCache
from tests.engine.eventually import eventually
from tests.http.live import Live, live
from tests.stores.elasticsearch.slow import SLOW, fill, running

pytestmark = [pytest.mark.es, pytest.mark.timeout(600)]

DAY = TimeBasedSharding("day")


@dataclass
class Site:
    """The API over a node on which everything is slow.

    Attributes:
        told: what came of the questions that the node was asked.
    """

    prefix: str
    server: Live
    told: list[type[LogfeedError]]

    def running(self, client: Client) -> list[Any]:
        return running(client, self.prefix)


@pytest.fixture
def site(
    client: Client, indices: Indices, es_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    fill(client, indices)
    told: list[type[LogfeedError]] = []

    @contextlib.contextmanager
    def noted(client: Client, cancellation: Cancellation | None) -> Iterator[dict[str, str]]:
        try:
            with cancelling(client, cancellation) as headers:
                yield headers
        except LogfeedError as error:
            told.append(type(error))
            raise

    for module in ("messages", "searching"):
        path = f"app.stores.elasticsearch.{module}"
        monkeypatch.setattr(f"{path}.to_query", lambda _: SLOW["query"])
        monkeypatch.setattr(f"{path}.cancelling", noted)
    searcher = Searcher(client, indices, DAY, 300.0)
    figures = ElasticsearchAggregations(searcher.ask, searcher.plan, searcher.bounds)
    with live(
        records=ElasticsearchReader(client, indices, searcher, 10),
        answers=CachedAnswers(figures, LocalCache(1_000_000)),
        messages=ElasticsearchMessages(client, indices, DAY, search_timeout=300.0),
    ) as server:
        yield Site(es_prefix, server, told)


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode()


def test_what_nobody_waits_for_is_stopped(site: Site, client: Client) -> None:
    for path in ("/logs/services?cache=false", "/logs/services", "/traces/t", "/logs/patterns"):
        site.told.clear()
        with site.server.connected() as connection:
            connection.send(get(path))
            eventually(lambda: site.running(client), f"{path} runs")

        eventually(lambda: site.told == [CancelledError], "it was called off")
        eventually(lambda: not site.running(client), "it has ended on the node")
