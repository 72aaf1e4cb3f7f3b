"""The scheduler over HTTP: shown, asked for a run, and told to Prometheus."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator

from app.domain.jobs import JobStatus, Outcome
from app.services.job_board import JobBoard
from app.services.lease import Lease
from app.services.scheduler_view import SchedulerView
from tests.builders import NOON_NS, SECOND
from tests.fakes import FakeClock, FlakyStateStore
from tests.http import site
from tests.http.site import assert_problem

PATH = "/api/v1/scheduler"


@pytest.fixture
def state() -> FlakyStateStore:
    return FlakyStateStore()


@pytest.fixture
def client(state: FlakyStateStore) -> FlaskClient:
    return site.client(scheduler=SchedulerView(state, lambda: 0.0, FakeClock()))


@pytest.fixture
def board(state: FlakyStateStore) -> JobBoard:
    """Somebody leads and has two jobs, of which one failed."""
    about = {"jobs": "rollover,tiers"}
    Lease(state, "host-1-ab", 15.0, lambda: 0.0, FakeClock(), about).tick()
    made = JobBoard(state)
    made.update("rollover", 1, lambda _: FAILED)
    return made


FAILED = JobStatus(
    "rollover",
    "* * * * *",
    Outcome.FAILED,
    "no connection",
    NOON_NS,
    started_at=NOON_NS,
    ended_at=NOON_NS + SECOND,
    next_run_at=NOON_NS + 60 * SECOND,
    failures=1,
    instance="host-1-ab",
)


def test_who_leads_and_what_the_jobs_did(client: FlaskClient, board: JobBoard) -> None:
    answer = client.get(PATH)

    body = answer.get_json()
    assert answer.status_code == 200
    assert body["leader"] == {
        "instance": "host-1-ab",
        "term": 1,
        "since": "2026-11-24T12:00:00.000Z",
    }
    assert body["jobs"][0] == {
        "name": "rollover",
        "schedule": "* * * * *",
        "outcome": "failed",
        "detail": "no connection",
        "started_at": "2026-11-24T12:00:00.000Z",
        "ended_at": "2026-11-24T12:00:01.000Z",
        "next_run_at": "2026-11-24T12:01:00.000Z",
        "last_success_at": None,
        "failures": 1,
        "instance": "host-1-ab",
        "request": None,
        "requested": False,
    }
    assert (body["jobs"][1]["name"], body["jobs"][1]["outcome"]) == ("tiers", "never")


def test_where_nobody_leads_that_is_said(client: FlaskClient) -> None:
    assert client.get(PATH).get_json() == {"leader": None, "jobs": []}


def test_a_run_is_asked_for(client: FlaskClient, board: JobBoard) -> None:
    answer = client.post(f"{PATH}/jobs/tiers/run")

    assert answer.status_code == 202
    assert board.requests() == {"tiers": answer.get_json()["request"]}
    assert client.get(PATH).get_json()["jobs"][1]["requested"] is True


def test_an_unknown_job_is_refused_with_those_there_are(
    client: FlaskClient, board: JobBoard
) -> None:
    answer = client.post(f"{PATH}/jobs/dishes/run")

    assert_problem(answer, 404, "there is no job 'dishes'; there are rollover, tiers")


def test_with_nobody_to_run_it_a_run_is_refused_with_what_helps(client: FlaskClient) -> None:
    assert_problem(client.post(f"{PATH}/jobs/tiers/run"), 503, "start one with `logfeed scheduler`")


def test_a_parameter_that_nobody_reads_is_refused(client: FlaskClient, board: JobBoard) -> None:
    assert_problem(client.get(f"{PATH}?job=a"), 400, "takes no parameters", "job")
    assert_problem(client.post(f"{PATH}/jobs/tiers/run?now=1"), 400, "no parameters", "now")
    assert board.requests() == {}


def test_a_state_that_is_away_is_not_available(client: FlaskClient, state: FlakyStateStore) -> None:
    state.is_away = True

    assert_problem(client.get(PATH), 503, "the shared state is away")
    assert_problem(client.post(f"{PATH}/jobs/tiers/run"), 503, "the shared state is away")


def test_prometheus_is_told(client: FlaskClient, board: JobBoard) -> None:
    board.update("tiers", 1, lambda _: JobStatus("tiers", last_success_at=NOON_NS))

    text = client.get("/metrics").get_data(as_text=True)

    assert "logfeed_scheduler_leader 1.0" in text
    assert 'logfeed_scheduler_failing{job="rollover"} 1.0' in text
    assert 'logfeed_scheduler_failures{job="rollover"} 1.0' in text
    assert 'logfeed_scheduler_last_success_timestamp_seconds{job="tiers"} 1.7955216e+09' in text


def test_prometheus_gets_the_rest_where_the_state_is_away(
    client: FlaskClient, state: FlakyStateStore
) -> None:
    state.is_away = True

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "logfeed_scheduler" not in answer.get_data(as_text=True).replace("route=", "")


@pytest.mark.parametrize(
    ("method", "path", "described"),
    [
        ("get", PATH, PATH),
        ("get", f"{PATH}?x=1", PATH),
        ("post", f"{PATH}/jobs/tiers/run", f"{PATH}/jobs/{{name}}/run"),
        ("post", f"{PATH}/jobs/dishes/run", f"{PATH}/jobs/{{name}}/run"),
    ],
)
def test_answers_have_the_form_that_is_described(
    client: FlaskClient, board: JobBoard, method: str, path: str, described: str
) -> None:
    document: dict[str, Any] = client.get("/openapi.json").get_json()

    answer = client.open(path, method=method.upper())

    operation = document["paths"][described][method]
    content = operation["responses"][str(answer.status_code)]["content"]
    schema = {**content[answer.mimetype]["schema"], "components": document["components"]}
    OAS31Validator(schema).validate(answer.get_json())
