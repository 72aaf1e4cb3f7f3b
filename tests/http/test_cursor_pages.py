"""Pages by cursor, over a store in memory."""

from itertools import chain
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.entry import LogEntry
from app.domain.errors import OutOfTimeError
from app.domain.filters import Filter
from app.domain.raw_records import raw_record
from app.domain.reading import Cancellation, Position, RawPage, Stretch
from app.http.metrics import Metrics
from app.wiring.application import create_app
from tests.builders import HOUR, NOON_NS, entry
from tests.fakes import FlakyDatabase
from tests.http import site
from tests.http.site import assert_problem


@pytest.fixture
def client(client: FlaskClient, store: FlakyDatabase) -> FlaskClient:
    """A client of a store with 25 records, of which always five share an instant."""
    store.append(
        [entry(f"{n:02}", at=NOON_NS - HOUR + n // 5, service=f"s{n % 2}") for n in range(25)]
    )
    return client


def page(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def walked(client: FlaskClient, address: str) -> list[list[str]]:
    """The ids on the page at ``address`` and on those that follow by their links."""
    pages = []
    following: str | None = address
    while following:
        body = page(client, following)
        assert body["pagination"]["total"] == page(client, address)["pagination"]["total"]
        pages.append([shown["id"] for shown in body["logs"]])
        following = body["pagination"]["next"]
    return pages


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 5, 7, 24, 25, 26])
def test_the_links_lead_to_every_record_once_and_in_order(
    client: FlaskClient, prefix: str, limit: int, order: str
) -> None:
    pages = walked(client, f"{prefix}/logs?limit={limit}&order={order}")

    ids = [f"{n:02}" for n in range(25)]
    assert list(chain(*pages)) == (ids if order == "asc" else ids[::-1])
    assert {len(ids) for ids in pages[:-1]} <= {limit}
    assert pages[-1]


def test_the_links_keep_the_filters(client: FlaskClient) -> None:
    assert list(chain(*walked(client, "/logs?limit=4&service=s1&order=asc"))) == [
        f"{n:02}" for n in range(1, 25, 2)
    ]


def test_a_cursor_goes_on_behind_a_page_by_offset(client: FlaskClient) -> None:
    cursor = page(client, "/logs?limit=3&page=4&order=asc")["pagination"]["next_cursor"]

    assert walked(client, f"/logs?limit=10&order=asc&cursor={cursor}") == [
        [f"{n:02}" for n in range(12, 22)],
        ["22", "23", "24"],
    ]


def test_records_that_come_meanwhile_are_neither_repeated_nor_in_the_way(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    first = page(client, "/logs?limit=10")
    store.append([entry("new", at=NOON_NS)])

    second = page(client, first["pagination"]["next"])

    assert [shown["id"] for shown in second["logs"]] == [f"{n:02}" for n in range(14, 4, -1)]
    assert second["pagination"]["total"] == 25
    assert second["pagination"]["offset"] is None


def test_relative_times_stay_what_they_were_on_the_first_page(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    assert list(chain(*walked(client, "/logs?limit=10&start_time=now-1h"))) == [
        f"{n:02}" for n in reversed(range(25))
    ]


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ("&service=s1", "cursor", "belongs to another search"),
        ("&order=asc", "cursor", "belongs to another search"),
        ("&page=2", "page", "together with cursor"),
        ("&offset=2", "offset", "together with cursor"),
        ("A", "cursor", "not one that a page before has given"),
    ],
)
def test_a_cursor_is_of_use_for_its_own_search_only(
    client: FlaskClient, changed: str, field: str, text: str
) -> None:
    following = page(client, "/logs?limit=10")["pagination"]["next"]

    assert_problem(client.get(following + changed), 400, text, field)


def test_the_size_of_pages_may_change_on_the_way(client: FlaskClient) -> None:
    cursor = page(client, "/logs?limit=10")["pagination"]["next_cursor"]

    assert len(page(client, f"/logs?limit=15&cursor={cursor}")["logs"]) == 15


class Late:
    """Has found one record of two when its time is over."""

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        found = entry("1", at=NOON_NS)
        return RawPage(
            [raw_record(found)],
            [Position(NOON_NS, 0, "1")],
            None,
            1,
            is_total_exact=False,
            is_partial=True,
        )

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        raise OutOfTimeError("no answer in time")

    def last_sequence(self, filter: Filter) -> int | None:
        return None


def test_a_search_that_ran_out_of_time_is_504_with_what_it_found() -> None:
    metrics = Metrics()
    service = site.service(metrics, records=Late())
    client = create_app(service, metrics=metrics).test_client()

    answer = client.get("/logs")

    assert_problem(answer, 504, "narrow the time range")
    body = answer.get_json()
    assert (body["timed_out"], body["is_partial"]) == (True, True)
    assert [shown["id"] for shown in body["logs"]] == ["1"]
    assert body["pagination"]["total_is_exact"] is False
    assert body["pagination"]["next_cursor"] is None
    assert_problem(client.get("/logs/export"), 504, "could not be read in time")


def test_very_large_records_are_reached_by_links_and_refused_by_number(
    client: FlaskClient, store: FlakyDatabase
) -> None:
    text = "x" * 500_000
    store.append([entry(f"l{n:03}", at=NOON_NS + n, service="l", message=text) for n in range(150)])

    pages = walked(client, "/logs?service=l&limit=1000&order=asc")
    assert list(chain(*pages)) == [f"l{n:03}" for n in range(150)]
    assert len(pages) > 1
    for number in ("page=1", "offset=0", "offset=1"):
        assert_problem(
            client.get(f"/logs?service=l&limit=140&{number}"), 400, "at most 100 of them", "limit"
        )
        assert page(client, f"/logs?service=l&limit=100&{number}")["count"] == 100
