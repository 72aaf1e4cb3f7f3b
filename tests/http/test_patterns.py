"""Patterns over HTTP, of a store in memory and of a real Elasticsearch."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.errors import OutOfTimeError
from app.domain.filters import Filter
from app.domain.messages import MessagePage
from app.http.metrics import Metrics
from app.services.searched_messages import SearchedMessages
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.memory_state import InMemoryStateStore
from app.wiring.application import create_app
from app.wiring.reading import read_side_of
from app.wiring.system import create_elasticsearch_system
from tests.fakes import FakeClock, FlakyDatabase
from tests.http import site
from tests.http.site import assert_problem, record

ADDRESS = "/api/v1/logs/patterns"


def records() -> list[dict[str, Any]]:
    """An hour ago three jobs are done and one fails; now two are done, and a disk breaks."""
    done = [record(id=f"old-{n}", message=f"job {n} done in {n} ms") for n in range(3)]
    failed = record(id="failed", level="ERROR", service="jobs", message="job 7 failed badly")
    for old in (*done, failed):
        old["timestamp"] = "2026-11-24T11:00:00Z"
    now = [record(id=f"new-{n}", message=f"job {n} done in {n} ms") for n in range(2)]
    broken = record(id="broken", level="ERROR", service="disks", message="disk 3 is broken")
    return [*done, failed, *now, broken]


@pytest.fixture
def filled(client: FlaskClient) -> FlaskClient:
    """A client of a store in memory with these records."""
    assert client.post("/logs/batch", json=records()).status_code == 201
    return client


@pytest.fixture
def stored(es_url: str, es_prefix: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of a real node with these records."""
    settings = Settings(
        index_prefix=es_prefix,
        data_dir=tmp_path,
        volatile_log="allow",
        node_number=1,
        acknowledge_deadline=60.0,
    )
    clock = FakeClock()
    system = create_elasticsearch_system(settings, connect(ClusterAddress((es_url,))), clock)
    system.prepare()
    app = create_app(
        system.service,
        settings=settings,
        metrics=system.metrics,
        clock=clock,
        read_side=system.read_side,
    )
    client = app.test_client()
    assert client.post("/logs/batch", json=records()).status_code == 201
    system.service.refresh()
    yield client
    system.close()


def patterns(client: FlaskClient, **parameters: str) -> dict[str, int]:
    answer = client.get(ADDRESS, query_string=parameters)
    assert answer.status_code == 200, answer.get_json()
    return {one["pattern"]: one["count"] for one in answer.get_json()["patterns"]}


WHOLE = {
    "patterns": [
        {
            "pattern": "job <*> done in <*> ms",
            "count": 5,
            "share": 0.714286,
            "first_seen": "2026-11-24T11:00:00.000Z",
            "last_seen": "2026-11-24T12:00:00.000Z",
            "levels": {"DEBUG": 0, "INFO": 5, "WARNING": 0, "ERROR": 0, "CRITICAL": 0},
            "example": {"id": "old-0", "message": "job 0 done in 0 ms"},
        },
        {
            "pattern": "disk <*> is broken",
            "count": 1,
            "share": 0.142857,
            "first_seen": "2026-11-24T12:00:00.000Z",
            "last_seen": "2026-11-24T12:00:00.000Z",
            "levels": {"DEBUG": 0, "INFO": 0, "WARNING": 0, "ERROR": 1, "CRITICAL": 0},
            "example": {"id": "broken", "message": "disk 3 is broken"},
        },
        {
            "pattern": "job <*> failed badly",
            "count": 1,
            "share": 0.142857,
            "first_seen": "2026-11-24T11:00:00.000Z",
            "last_seen": "2026-11-24T11:00:00.000Z",
            "levels": {"DEBUG": 0, "INFO": 0, "WARNING": 0, "ERROR": 1, "CRITICAL": 0},
            "example": {"id": "failed", "message": "job 7 failed badly"},
        },
    ],
    "count": 3,
    "found": 3,
    "sampled": False,
    "timed_out": False,
    "records": {"matching": 7, "read": 7},
}


def test_the_answer_says_how_often_and_when_and_gives_an_example(
    filled: FlaskClient, prefix: str
) -> None:
    assert filled.get(f"{prefix}/logs/patterns").get_json() == WHOLE


@pytest.mark.es
def test_elasticsearch_answers_the_same_with_filters_samples_and_new_ones(
    stored: FlaskClient,
) -> None:
    assert stored.get(ADDRESS).get_json() == WHOLE
    assert patterns(stored, level="ERROR", service="jobs") == {"job <*> failed badly": 1}
    sampled = stored.get(f"{ADDRESS}?sample=2").get_json()
    assert (sampled["sampled"], sampled["records"]) == (True, {"matching": 7, "read": 2})
    (new,) = stored.get(f"{ADDRESS}?new_since=now-30m").get_json()["patterns"]
    assert (new["pattern"], new["is_certain"]) == ("disk <*> is broken", True)
    (new,) = stored.get(f"{ADDRESS}?new_since=now-30m&sample=6").get_json()["patterns"]
    assert (new["pattern"], new["count"], new["is_certain"]) == ("disk <*> is broken", 1, True)

    put = stored.put("/api/v1/searches/bad", json={"parameters": {"min_level": "ERROR"}})
    assert put.status_code == 201
    assert patterns(stored, saved="bad", service="disks") == {"disk <*> is broken": 1}
    assert stored.get("/logs?saved=bad&service=jobs").get_json()["pagination"]["total"] == 1
    assert stored.get("/logs/stats?saved=bad").get_json()["total"] == 2


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"service": "disks"}, {"disk <*> is broken": 1}),
        ({"min_level": "ERROR", "end_time": "now-30m"}, {"job <*> failed badly": 1}),
        ({"keyword": "failed"}, {"job <*> failed badly": 1}),
        ({"limit": "1"}, {"job <*> done in <*> ms": 5}),
        ({"new_since": "now-30m"}, {"disk <*> is broken": 1}),
        ({"new_since": "now-30m", "service": "jobs"}, {}),
        ({"service": "nobody"}, {}),
    ],
)
def test_parameters_narrow_down(
    filled: FlaskClient, parameters: dict[str, str], expected: dict[str, int]
) -> None:
    assert patterns(filled, **parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        ("sample=0", "sample", "from 1 to 100000"),
        ("sample=many", "sample", "from 1 to 100000"),
        ("limit=1001", "limit", "from 1 to 1000"),
        ("new_since=yesterday", "new_since", "RFC 3339"),
        ("level=LOUD", "level", "must be one of DEBUG"),
        ("page=2", "page", "allowed are service"),
        ("level=INFO&level=ERROR", "level", "more than one value"),
        ("saved=nothing", "saved", "no saved search with the name 'nothing'"),
        ("saved=a/b", "name", "no slash"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(
    filled: FlaskClient, prefix: str, parameters: str, field: str, text: str
) -> None:
    assert_problem(filled.get(f"{prefix}/logs/patterns?{parameters}"), 400, text, field)


def test_a_store_that_is_away_is_503(client: FlaskClient, store: FlakyDatabase) -> None:
    store.is_away = True

    assert_problem(client.get(ADDRESS), 503, "the store is away")


class Slow(SearchedMessages):
    """Runs out of time behind its first pages."""

    pages = 1

    def read(self, filter: Filter, most: int) -> Generator[MessagePage, None, None]:
        for page, _ in zip(super().read(filter, most), range(self.pages), strict=False):
            yield page
        raise OutOfTimeError("the search took too long")


def test_where_the_time_ran_out_the_answer_is_504_with_what_was_read(
    store: FlakyDatabase, prefix: str
) -> None:
    messages, clock, metrics = Slow(store.search), FakeClock(), Metrics()
    read_side = read_side_of(Settings(), messages, InMemoryStateStore(), clock)
    service = site.service(metrics, store, clock=clock)
    client = create_app(service, metrics=metrics, clock=clock, read_side=read_side).test_client()
    assert client.post("/logs/batch", json=records()).status_code == 201

    answer = client.get(f"{prefix}/logs/patterns")

    assert_problem(answer, 504, "ask for a smaller sample")
    body = answer.get_json()
    assert (body["timed_out"], body["is_partial"]) == (True, True)
    assert body["patterns"] == WHOLE["patterns"]
    assert "Retry-After" not in answer.headers

    messages.pages = 0
    nothing = client.get(f"{prefix}/logs/patterns")
    assert_problem(nothing, 504, "took too long")
    assert nothing.get_json()["timed_out"]
