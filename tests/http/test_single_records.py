"""One record by an id among the parameters: every id can be read there."""

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.builders import entry
from tests.fakes import FlakyDatabase
from tests.http.live import live
from tests.http.site import assert_problem


@pytest.mark.parametrize(
    "id", ["export", "stats", "search", "a/context", "/", "a b?&#%2F", "ü\n", "x" * 512]
)
def test_every_id_can_be_read(
    client: FlaskClient, store: FlakyDatabase, prefix: str, id: str
) -> None:
    store.append([entry(id), entry("other")])

    shown = client.get(f"{prefix}/record?id={quote(id, safe='')}")
    around = client.get(f"{prefix}/record/context?id={quote(id, safe='')}&before=1&after=1")

    assert shown.get_json()["log"]["id"] == id
    assert [one["id"] for one in around.get_json()["logs"] if one["is_requested"]] == [id]
    assert around.get_json()["count"] == 2


def test_it_shows_what_the_path_shows(client: FlaskClient, store: FlakyDatabase) -> None:
    store.append([entry("1", metadata={"a": 1})])

    assert client.get("/record?id=1").get_json() == client.get("/logs/1").get_json()
    assert client.get("/record/context?id=1").get_json() == client.get("/logs/1/context").get_json()


@pytest.mark.parametrize("address", ["/record", "/record/context"])
def test_what_is_not_there_and_what_is_not_allowed(client: FlaskClient, address: str) -> None:
    assert_problem(client.get(f"{address}?id=no"), 404, "there is no record with the id 'no'")
    assert_problem(client.get(address), 400, "must be given", "id")
    assert_problem(client.get(f"{address}?id="), 400, "must be given", "id")
    assert_problem(client.get(f"{address}?id=1&limit=2"), 400, "is not known", "limit")
    assert_problem(client.get(f"{address}?id=1&id=2"), 400, "more than one value", "id")


def test_the_real_server_reads_them_as_well(store: FlakyDatabase) -> None:
    store.append([entry("a/context")])
    with live(store=store) as server, server.connected() as connection:
        connection.send(b"GET /api/v1/record?id=a%2Fcontext HTTP/1.1\r\nHost: here\r\n\r\n")
        assert connection.answer().status == 200
