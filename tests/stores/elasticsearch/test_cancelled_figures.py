"""A figure, a trace or a sample whose client hangs up is stopped on a real node."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.filters import Filter
from app.domain.query import Reach
from app.domain.reading import Cancellation
from app.domain.sharding import TimeBasedSharding
from app.services.cached_answers import CachedAnswers
from app.stores.elasticsearch.aggregations import ElasticsearchAggregations
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


class SlowSearcher(Searcher):
    """Whatever it is asked takes half a minute."""

    def ask(self, filter: Filter, *bodies: dict[str, Any]) -> tuple[list[Any], Reach]:
        return super().ask(filter, *(body | {"query": SLOW["query"]} for body in bodies))

    def ask_undecoded(
        self, filter: Filter, body: dict[str, Any], cancellation: Cancellation | None
    ) -> tuple[Any, Reach]:
        return super().ask_undecoded(filter, body | {"query": SLOW["query"]}, cancellation)


@dataclass(frozen=True)
class Site:
    server: Live
    running: Callable[[], list[Any]]


@pytest.fixture
def site(
    client: Client, indices: Indices, es_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    """The API over a node on which everything is slow."""
    fill(client, indices)
    monkeypatch.setattr("app.stores.elasticsearch.messages.to_query", lambda _: SLOW["query"])
    searcher = SlowSearcher(client, indices, DAY, 300.0)
    figures = ElasticsearchAggregations(searcher.ask, searcher.plan, searcher.bounds)
    with live(
        records=ElasticsearchReader(client, indices, searcher, 10),
        answers=CachedAnswers(figures, LocalCache(1_000_000)),
        messages=ElasticsearchMessages(client, indices, DAY, search_timeout=300.0),
    ) as server:
        yield Site(server, lambda: running(client, es_prefix))


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode()


def test_what_nobody_waits_for_is_stopped(site: Site) -> None:
    for path in (
        "/logs/services?cache=false",
        "/logs/services",
        "/logs/compare?start_time=now-1h",
        "/traces/t",
        "/logs/patterns",
    ):
        with site.server.connected() as connection:
            connection.send(get(path))
            eventually(site.running, f"{path} runs")

        eventually(lambda: not site.running(), "it has ended on the node")
