"""The API in memory, and how a test talks to it."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.reading import RecordReader
from app.domain.storage import StorageSource
from app.http.metrics import Metrics
from app.services.log_feeding import LogFeedingService
from app.services.pipeline.chain import FilterChain
from app.services.pipeline.identification import Identify
from app.services.pipeline.validation import validate
from app.services.scheduler_view import SchedulerView
from app.settings import Settings
from app.wiring.application import create_app
from tests.fakes import CountingIds, FakeClock, FakeDeadLetters, FlakyDatabase

RECORD = {"level": "INFO", "service": "checkout", "message": "payment accepted"}
PROBLEM = "application/problem+json"


def record(**changes: Any) -> dict[str, Any]:
    """A record as a client sends it."""
    return {**RECORD, **changes}


def client(
    settings: Settings | None = None,
    store: FlakyDatabase | None = None,
    ids: CountingIds | None = None,
    dead_letters: FakeDeadLetters | None = None,
    scheduler: SchedulerView | None = None,
    storage: StorageSource | None = None,
) -> FlaskClient:
    """A client of the API over ``store``; its clock stands at noon, its ids are id-1, id-2 …"""
    clock, metrics = FakeClock(), Metrics()
    made = service(metrics, store, ids, clock, dead_letters)
    app = create_app(
        made,
        settings=settings,
        metrics=metrics,
        scheduler=scheduler,
        clock=clock,
        storage=storage,
    )
    return app.test_client()


def service(
    metrics: Metrics,
    store: FlakyDatabase | None = None,
    ids: CountingIds | None = None,
    clock: FakeClock | None = None,
    dead_letters: FakeDeadLetters | None = None,
    records: RecordReader | None = None,
) -> LogFeedingService:
    """The service over ``store``."""
    ids = ids or CountingIds()
    chain = FilterChain([validate, Identify(ids, clock or FakeClock())])
    return LogFeedingService(
        store or FlakyDatabase(),
        chain,
        ids,
        metrics.observe_outcomes,
        dead_letters=dead_letters,
        records=records,
    )


def assert_problem(answer: TestResponse, status: int, text: str, field: str | None = None) -> None:
    """``answer`` is a problem of this status that holds ``text`` and names ``field``."""
    assert (answer.status_code, answer.content_type) == (status, PROBLEM)
    body = answer.get_json()
    assert body["status"] == status
    assert body["title"]
    assert text in body["detail"]
    assert [named["field"] for named in body.get("errors", [])] == ([field] if field else [])
