"""Records around one and those of a trace, by HTTP from a real Elasticsearch."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.levels import LogLevel
from app.settings import Settings
from app.stores.elasticsearch.client import Client
from app.wiring.application import create_app
from app.wiring.system import create_elasticsearch_system
from tests.builders import DAY, NOON_NS, draft
from tests.fakes import FakeClock

pytestmark = pytest.mark.es

MS = 1_000_000


@pytest.fixture
def http(client: Client, es_prefix: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """The API over a shop of two days; its records of DEBUG lie in a stream of their own."""
    settings = Settings(
        index_prefix=es_prefix, data_dir=tmp_path, node_number=1, acknowledge_deadline=60.0
    )
    system = create_elasticsearch_system(settings, client, FakeClock())
    system.prepare()
    shop = [
        draft(
            f"shop-{n}",
            at=NOON_NS - (1 - n // 6) * DAY + n % 6 // 2 * MS,
            service="shop",
            level=LogLevel.DEBUG if n % 3 == 0 else LogLevel.INFO,
            source_ip=f"10.0.0.{n % 2}",
        )
        for n in range(12)
    ]
    others = [draft(f"other-{n}", at=NOON_NS - n * DAY, service="other") for n in range(2)]
    steps = [("gate", 0), ("shop", 3), ("bank", 40), ("shop", 41)]
    traced = [
        draft(
            f"t{n}",
            at=NOON_NS - DAY + 500 * MS + ms * MS,
            service=service,
            level=LogLevel.ERROR if service == "bank" else LogLevel.DEBUG,
            trace_id="t-1" if n % 2 else None,
            correlation_id=None if n % 2 else "t-1",
        )
        for n, (service, ms) in enumerate(steps)
    ]
    strange = [draft("export", service="strange"), draft("a/context", service="strange")]
    outcomes = system.service.ingest_batch([*shop, *others, *traced, *strange])
    assert all(outcome.is_stored for outcome in outcomes)
    system.service.refresh()
    yield create_app(system.service, settings=settings, clock=FakeClock()).test_client()
    system.close()


def answer(http: FlaskClient, address: str) -> dict[str, Any]:
    said = http.get(address)
    assert said.status_code == 200, said.get_json()
    body: dict[str, Any] = said.get_json()
    return body


def ids(body: dict[str, Any]) -> list[str]:
    return [shown["id"] for shown in body["logs"]]


def test_neighbours_come_from_all_days_and_streams_in_the_order_of_a_search(
    http: FlaskClient,
) -> None:
    whole = ids(answer(http, "/logs?service=shop"))
    assert len(whole) == 14

    around = answer(http, "/logs/shop-1/context?before=500&after=500")
    near = ids(answer(http, "/logs/shop-9/context?before=2&after=1"))

    assert ids(around) == whole
    assert [shown["id"] for shown in around["logs"] if shown["is_requested"]] == ["shop-1"]
    at = whole.index("shop-9")
    assert near == whole[at - 1 : at + 3]
    of_source = ids(answer(http, "/logs/shop-5/context?same=source"))
    assert set(of_source) == {f"shop-{n}" for n in range(1, 12, 2)}


def test_a_trace_is_told_in_order_across_services_and_streams(http: FlaskClient) -> None:
    body = answer(http, "/traces/t-1")

    assert ids(body) == ["t0", "t1", "t2", "t3"]
    assert [shown["since_previous_ms"] for shown in body["logs"]] == [None, 3.0, 37.0, 1.0]
    assert body["trace"] == {
        "id": "t-1",
        "total": 4,
        "duration_ms": 41.0,
        "services": ["gate", "shop", "bank"],
        "errors": 1,
    }
    first = answer(http, "/traces/t-1?limit=3")
    rest = answer(http, first["pagination"]["next"])
    assert ids(first) + ids(rest) == ids(body)
    assert rest["logs"][0]["since_previous_ms"] == 1.0
    assert http.get("/traces/t-2").status_code == 404


def test_records_of_any_id_are_read_and_have_neighbours(http: FlaskClient) -> None:
    assert answer(http, "/record?id=a%2Fcontext")["log"]["service"] == "strange"
    assert set(ids(answer(http, "/record/context?id=export"))) == {"export", "a/context"}
