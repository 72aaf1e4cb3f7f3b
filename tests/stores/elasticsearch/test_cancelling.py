"""Searches that take long, on a real node: given up in time, stopped when nobody waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import CancelledError, LogfeedError, OutOfTimeError
from app.domain.filters import EVERYTHING
from app.domain.reading import Cancellation
from app.domain.sharding import TimeBasedSharding
from app.domain.waiting import waited_for
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.messages import ElasticsearchMessages
from app.stores.elasticsearch.searching import Searcher
from tests.engine.eventually import eventually
from tests.stores.elasticsearch.slow import SLOW, fill, running

pytestmark = [pytest.mark.es, pytest.mark.timeout(600)]


@pytest.fixture
def filled(client: Client, indices: Indices) -> Indices:
    fill(client, indices)
    return indices


@pytest.fixture
def gone() -> Cancellation:
    """Of somebody who has not gone yet."""
    return Cancellation()


def search(searcher: Searcher, gone: Cancellation) -> None:
    searcher.ask_undecoded(EVERYTHING, SLOW, gone)


def figure(searcher: Searcher, gone: Cancellation) -> None:
    with waited_for(gone):
        searcher.ask(EVERYTHING, SLOW, {"size": 0})


@pytest.mark.parametrize("ask", [search, figure])
def test_what_is_asked_is_stopped_when_its_asker_has_gone(
    client: Client,
    filled: Indices,
    es_prefix: str,
    gone: Cancellation,
    ask: Callable[[Searcher, Cancellation], None],
) -> None:
    searcher = Searcher(client, filled, TimeBasedSharding("day"), 300.0)

    told = told_when_gone(lambda: ask(searcher, gone), client, es_prefix, gone)

    assert told is CancelledError


def test_a_sample_is_stopped_when_its_asker_has_gone(
    client: Client,
    filled: Indices,
    es_prefix: str,
    gone: Cancellation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.stores.elasticsearch.messages.to_query", lambda _: SLOW["query"])
    day = TimeBasedSharding("day")
    messages = ElasticsearchMessages(client, filled, day, search_timeout=300.0)

    def read() -> None:
        with waited_for(gone):
            list(messages.read(EVERYTHING, 10))

    assert told_when_gone(read, client, es_prefix, gone) is CancelledError


def told_when_gone(
    ask: Callable[[], None], client: Client, prefix: str, gone: Cancellation
) -> type[LogfeedError] | None:
    """What ``ask`` raises when he goes while the node works for him; it no longer does then."""
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(ask)
        eventually(lambda: running(client, prefix), "the search runs")
        gone.cancel()
        error = asked.exception(300.0)
    eventually(lambda: not running(client, prefix), "the search has ended on the node")
    assert error is None or isinstance(error, LogfeedError)
    return None if error is None else type(error)


def test_a_search_whose_time_runs_out_says_so_and_gives_what_it_has(
    client: Client, filled: Indices
) -> None:
    searcher = Searcher(client, filled, TimeBasedSharding("day"), 0.001)

    try:
        answer, _ = searcher.ask_undecoded(EVERYTHING, SLOW, None)
    except OutOfTimeError:
        return  # not even that came within a second more
    assert answer.timed_out
