"""The answers to traces are kept for a while, as figures are."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from app.domain.aggregations import Plan
from app.domain.errors import StoreUnavailableError
from app.domain.filters import Filter
from app.domain.reading import Cancellation, RawPage, Stretch
from app.http.metrics import Metrics
from app.services.cached_answers import CachedAnswers, Keeping
from app.services.scanned_aggregations import ScannedAggregations
from app.services.search_reader import SearchReader
from app.stores.local_cache import LocalCache
from app.wiring.application import create_app
from tests.builders import NOON_NS, SECOND, entry
from tests.fakes import FakeClock, FlakyDatabase
from tests.http import site
from tests.http.site import assert_problem

WAIT = 30.0


class Watched(SearchReader):
    """Counts how often it reads, and does something before."""

    def __init__(self, store: FlakyDatabase) -> None:
        super().__init__(store)
        self.readings = 0
        self.before: Callable[[], object] = lambda: None

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        self.readings += 1
        self.before()
        return super().read(stretch, cancellation)


class Site:
    """The API over three records of one trace, with a cache whose time the test tells."""

    def __init__(self) -> None:
        self.store = FlakyDatabase()
        self.store.append(
            [entry(f"{n}", at=NOON_NS + n * SECOND, trace_id="t", service="s") for n in range(3)]
        )
        self.records = Watched(self.store)
        self.seconds = 0.0
        self.is_closed = False
        site_ = self

        class Figures(ScannedAggregations):
            def plan(self, filter: Filter) -> Plan:
                return Plan(None, ("an-index",), 0, can_change=not site_.is_closed)

        cache = LocalCache(1_000_000, lambda: self.seconds)
        clock, metrics = FakeClock(), Metrics()
        service = site.service(metrics, self.store, clock=clock, records=self.records)
        service.answers = CachedAnswers(Figures(self.store), cache, Keeping(2.0, 3_600.0))
        self.app = create_app(service, metrics=metrics, clock=clock)

    @property
    def client(self) -> FlaskClient:
        """A client of its own."""
        return self.app.test_client()

    def said(self, address: str, **headers: str) -> str:
        """Where the answer came from."""
        answer = self.client.get(address, headers=headers)
        assert answer.status_code == 200, answer.get_json()
        return answer.headers["X-Cache"]


@pytest.fixture
def kept() -> Site:
    return Site()


def test_a_trace_is_read_once_for_all_who_ask_for_it(kept: Site, prefix: str) -> None:
    address = f"{prefix}/traces/t"

    first, again = kept.client.get(address), kept.client.get(address)

    assert (first.headers["X-Cache"], again.headers["X-Cache"]) == ("miss", "hit")
    assert first.data == again.data
    assert first.content_type == again.content_type == "application/json"
    assert first.get_json()["trace"]["total"] == 3
    assert kept.records.readings == 1


def test_it_is_kept_briefly_where_records_may_come_and_long_where_none_can(kept: Site) -> None:
    assert kept.said("/traces/t") == "miss"
    kept.seconds = 2.1
    assert kept.said("/traces/t") == "miss"
    kept.is_closed = True
    kept.seconds = 4.2
    assert kept.said("/traces/t") == "miss"
    kept.seconds = 3_600.0
    assert kept.said("/traces/t") == "hit"


def test_other_pages_and_other_traces_are_other_answers(kept: Site) -> None:
    first = kept.client.get("/traces/t?limit=2").get_json()
    following = first["pagination"]["next"]

    assert kept.said("/traces/t") == "miss"
    assert kept.said("/traces/t?limit=2") == "hit"
    assert kept.said(following) == "miss"
    assert kept.said(following) == "hit"
    assert [one["id"] for one in kept.client.get(following).get_json()["logs"]] == ["2"]
    assert kept.said("/api/v1/traces/t?limit=2") == "miss"


def test_whoever_wants_it_as_it_is_now_is_given_that(kept: Site) -> None:
    assert kept.said("/traces/t") == "miss"

    assert kept.said("/traces/t?cache=false") == "off"
    assert kept.said("/traces/t", Cache_Control="no-cache") == "off"
    assert_problem(kept.client.get("/traces/t?cache=no"), 400, "true or false", "cache")


def test_what_is_not_there_yet_is_not_kept(kept: Site) -> None:
    assert_problem(kept.client.get("/traces/new"), 404, "no record has the trace")
    kept.store.append([entry("n", correlation_id="new")])

    assert kept.said("/traces/new") == "miss"


def test_an_error_is_not_kept(kept: Site) -> None:
    kept.store.is_away = True
    assert_problem(kept.client.get("/traces/t"), 503, "the store is away")
    kept.store.is_away = False

    assert kept.said("/traces/t") == "miss"


def test_who_asks_meanwhile_shares_the_answer(kept: Site) -> None:
    reads, may_go_on = threading.Event(), threading.Event()

    def wait() -> None:
        reads.set()
        may_go_on.wait(WAIT)

    kept.records.before = wait
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(kept.said, "/traces/t")
        assert reads.wait(WAIT)
        other = threads.submit(kept.said, "/traces/t")
        may_go_on.set()

        assert first.result(WAIT) == "miss"
        assert other.result(WAIT) in ("shared", "hit")
    assert kept.records.readings == 1


def test_those_who_share_an_answer_share_its_failure(kept: Site) -> None:
    def fail() -> None:
        raise StoreUnavailableError("away")

    kept.records.before = fail

    assert_problem(kept.client.get("/traces/t"), 503, "away")
    assert_problem(kept.client.get("/traces/t"), 503, "away")
    assert kept.records.readings == 2
