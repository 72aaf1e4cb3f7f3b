"""The records around one, and those of a trace."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.levels import LogLevel
from tests.builders import DAY, NOON_NS, entry
from tests.fakes import FlakyDatabase
from tests.http.site import assert_problem

MS = 1_000_000


@pytest.fixture
def client(client: FlaskClient, store: FlakyDatabase) -> FlaskClient:
    """A client of a store with ten records of one service, some far apart, and others between."""
    for n in range(10):
        at = NOON_NS + n * MS if n < 8 else NOON_NS + n * DAY
        store.append(
            [
                entry(f"shop-{n}", at=at, service="shop", source_ip=f"10.0.0.{n % 2}"),
                entry(f"other-{n}", at=at, service="other", source_ip="10.0.0.0"),
            ]
        )
    return client


def around(client: FlaskClient, address: str) -> list[tuple[str, bool]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_json()
    body = answer.get_json()
    assert body["count"] == len(body["logs"])
    return [(shown["id"], shown["is_requested"]) for shown in body["logs"]]


def test_the_neighbours_of_a_record_stand_around_it_newest_first(
    client: FlaskClient, prefix: str
) -> None:
    assert around(client, f"{prefix}/logs/shop-4/context?before=2&after=1") == [
        ("shop-5", False),
        ("shop-4", True),
        ("shop-3", False),
        ("shop-2", False),
    ]


def test_neighbours_far_away_are_found_as_well(client: FlaskClient) -> None:
    shown = around(client, "/logs/shop-7/context?before=0&after=5")

    assert [name for name, _ in shown] == ["shop-9", "shop-8", "shop-7"]
    assert [name for name, _ in around(client, "/logs/shop-9/context")] == [
        f"shop-{n}" for n in range(9, -1, -1)
    ]


def test_neighbours_can_be_those_of_the_same_source(client: FlaskClient) -> None:
    shown = around(client, "/logs/shop-2/context?before=2&after=2&same=source")

    assert [name for name, _ in shown] == ["other-3", "other-2", "shop-2", "other-1", "other-0"]


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        ("before=501", "before", "from 0 to 500"),
        ("after=-1", "after", "from 0 to 500"),
        ("same=level", "same", "service or source"),
        ("limit=3", "limit", "is not known; allowed are before, after, same"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(
    client: FlaskClient, parameters: str, field: str, text: str
) -> None:
    assert_problem(client.get(f"/logs/shop-1/context?{parameters}"), 400, text, field)


def test_a_record_without_a_source_has_no_neighbours_of_the_same(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    store.append([entry("nowhere")])

    answer = client.get("/logs/nowhere/context?same=source")

    assert_problem(answer, 400, "the record has no source_ip", "same")


def test_around_an_id_that_is_not_there_is_404(client: FlaskClient, prefix: str) -> None:
    assert_problem(
        client.get(f"{prefix}/logs/nobody/context"), 404, "no record with the id 'nobody'"
    )


@pytest.fixture
def traced(store: FlakyDatabase, client: FlaskClient) -> FlaskClient:
    """A client of a store in which one request went through three services."""
    steps = [
        ("gate", 0, LogLevel.INFO),
        ("shop", 3, LogLevel.INFO),
        ("bank", 40, LogLevel.ERROR),
        ("shop", 41, LogLevel.CRITICAL),
        ("gate", 45, LogLevel.WARNING),
    ]
    store.append(
        [
            entry(
                f"t{n}",
                at=NOON_NS + ms * MS,
                service=service,
                level=level,
                trace_id="t-1" if n % 2 else None,
                correlation_id=None if n % 2 else "t-1",
            )
            for n, (service, ms, level) in enumerate(steps)
        ]
    )
    return client


def trace(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def test_a_trace_is_told_in_order_across_services(traced: FlaskClient, prefix: str) -> None:
    body = trace(traced, f"{prefix}/traces/t-1")

    assert [shown["id"] for shown in body["logs"]] == ["t0", "t1", "t2", "t3", "t4"]
    assert [shown["since_previous_ms"] for shown in body["logs"]] == [None, 3.0, 37.0, 1.0, 4.0]
    assert body["trace"] == {
        "id": "t-1",
        "total": 5,
        "duration_ms": 45.0,
        "services": ["gate", "shop", "bank"],
        "errors": 2,
    }


def test_a_long_trace_comes_in_pages(traced: FlaskClient) -> None:
    first = trace(traced, "/traces/t-1?limit=2&start_time=now-1h")
    second = trace(traced, first["pagination"]["next"])

    assert [shown["id"] for shown in second["logs"]] == ["t2", "t3"]
    assert second["logs"][0]["since_previous_ms"] == 37.0
    assert second["trace"]["total"] == 5


def test_a_trace_that_is_not_there_is_404(traced: FlaskClient, prefix: str) -> None:
    assert_problem(
        traced.get(f"{prefix}/traces/t-2"), 404, "no record has the trace or correlation id"
    )


def test_what_a_trace_does_not_read_is_refused(traced: FlaskClient) -> None:
    assert_problem(traced.get("/traces/t-1?order=asc"), 400, "is not known", "order")
