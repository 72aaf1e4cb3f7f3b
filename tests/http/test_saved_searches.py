"""Saved searches over HTTP: names, versions, and their use in a search."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.http.site import assert_problem, record

ADDRESS = "/api/v1/searches"
SHOP = {"parameters": {"service": "shop", "min_level": "ERROR"}, "description": "of the shop"}


def put(client: FlaskClient, name: str = "a", body: Any = SHOP, **headers: str) -> TestResponse:
    """Saves; names of headers with ``_`` for ``-``."""
    named = {field.replace("_", "-"): value for field, value in headers.items()}
    return client.put(f"{ADDRESS}/{quote(name, safe='')}", json=body, headers=named)


def test_a_search_is_saved_shown_listed_and_deleted(client: FlaskClient) -> None:
    saved = put(client)

    assert saved.status_code == 201
    shown = saved.get_json()["search"]
    assert shown == {
        "name": "a",
        **SHOP,
        "created_at": "2026-11-24T12:00:00.000Z",
        "updated_at": "2026-11-24T12:00:00.000Z",
        "version": shown["version"],
    }
    got = client.get(f"{ADDRESS}/a")
    assert (got.status_code, got.get_json()) == (200, {"search": shown})
    assert got.headers["ETag"] == saved.headers["ETag"] == f'"{shown["version"]}"'
    assert client.get(ADDRESS).get_json() == {"searches": [shown], "count": 1}
    assert client.delete(f"{ADDRESS}/a").get_json() == {"deleted": "a"}
    assert client.get(ADDRESS).get_json() == {"searches": [], "count": 0}


@pytest.mark.parametrize(
    "name", ["late errors", "ü€😀", "a?b#c%2F", "<b>", "x" * 100, "list", "..."]
)
def test_any_printable_name_will_do(client: FlaskClient, name: str) -> None:
    assert put(client, name).status_code == 201

    assert client.get(f"{ADDRESS}/{quote(name, safe='')}").get_json()["search"]["name"] == name


@pytest.mark.parametrize("name", ["a\nb", " a", "x" * 101, "a\0"])
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_name_that_is_none_is_refused(client: FlaskClient, method: str, name: str) -> None:
    answer = client.open(f"{ADDRESS}/{quote(name, safe='')}", method=method.upper(), json=SHOP)

    assert_problem(answer, 400, "1 to 100 printable characters", "name")


@pytest.mark.parametrize(
    ("body", "field", "text"),
    [
        ({}, "parameters", "must be given"),
        ({"parameters": []}, "parameters", "must be an object whose values"),
        ({"parameters": None}, "parameters", "must be an object whose values"),
        ({"parameters": {}}, "parameters", "must have one at least of service, level"),
        ({"parameters": {"service": 5}}, "parameters.service", "must be text"),
        ({"parameters": {"level": "LOUD"}}, "level", "must be one of DEBUG"),
        ({"parameters": {"limit": "5"}}, "limit", "allowed are service, level"),
        ({"parameters": {"saved": "b"}}, "saved", "allowed are service, level"),
        ({"parameters": {"start_time": "now", "end_time": "now-1h"}}, "start_time", "end_time"),
        ({**SHOP, "description": 5}, "description", "must be text"),
        ({**SHOP, "description": "x" * 1_001}, "description", "at most 1000 characters"),
        ({**SHOP, "colour": "red"}, "colour", "is not known here"),
        ([], None, "a saved search is a JSON object"),
    ],
)
def test_a_bad_body_is_refused_by_the_name_of_its_field(
    client: FlaskClient, body: Any, field: str | None, text: str
) -> None:
    assert_problem(put(client, body=body), 400, text, field)
    assert client.get(ADDRESS).get_json()["count"] == 0


def test_a_body_that_is_no_json_is_refused(client: FlaskClient) -> None:
    there = f"{ADDRESS}/a"

    assert client.put(there, data="{", content_type="application/json").status_code == 400
    assert client.put(there, data="a=b").status_code == 415
    large = b'{"description":"' + b"x" * 300_000 + b'"}'
    assert client.put(there, data=large, content_type="application/json").status_code == 413


def test_a_version_that_is_not_there_any_more_is_412(client: FlaskClient) -> None:
    first = put(client).headers["ETag"]
    second = put(client, If_Match=first).headers["ETag"]

    assert_problem(put(client, If_Match=first), 412, "another version")
    stale = client.delete(f"{ADDRESS}/a", headers={"If-Match": first})
    assert_problem(stale, 412, "another version")
    assert client.delete(f"{ADDRESS}/a", headers={"If-Match": second}).status_code == 200


def test_conditions_of_being_there_and_of_being_new(client: FlaskClient) -> None:
    assert_problem(put(client, If_Match="*"), 412, "has no search")
    assert put(client, If_None_Match="*").status_code == 201
    assert_problem(put(client, If_None_Match="*"), 412, "has another search")
    assert put(client, If_Match="*").status_code == 200


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"If_Match": "1"}, "If-Match"),
        ({"If_Match": 'W/"1"'}, "If-Match"),
        ({"If_Match": '"1", "2"'}, "If-Match"),
        ({"If_None_Match": '"1"'}, "If-None-Match"),
        ({"If_None_Match": "*", "If_Match": "*"}, "If-None-Match"),
    ],
)
def test_a_condition_that_is_none_is_refused(
    client: FlaskClient, headers: dict[str, str], field: str
) -> None:
    assert_problem(put(client, **headers), 400, "must be", field)


def test_what_is_not_there_is_404(client: FlaskClient) -> None:
    assert_problem(client.get(f"{ADDRESS}/a"), 404, "no saved search with the name 'a'")
    assert_problem(client.delete(f"{ADDRESS}/a"), 404, "no saved search with the name 'a'")


def test_a_search_takes_in_a_saved_one_and_all_else(client: FlaskClient, prefix: str) -> None:
    put(client)
    for n, (service, level) in enumerate(
        [("shop", "ERROR"), ("shop", "INFO"), ("cart", "ERROR"), ("shop", "CRITICAL")]
    ):
        client.post("/logs", json=record(id=str(n), service=service, level=level))

    def found(parameters: str) -> list[str]:
        answer = client.get(f"{prefix}/logs?order=asc&{parameters}")
        return [shown["id"] for shown in answer.get_json()["logs"]]

    assert found("saved=a") == ["0", "3"]
    assert found("saved=a&level=CRITICAL") == ["3"]
    assert found("saved=a&service=cart") == []
    assert found("saved=") == ["0", "1", "2", "3"]
    assert client.get(f"{prefix}/logs/stats?saved=a").get_json()["total"] == 2
    exported = client.get(f"{prefix}/logs/export?saved=a&order=asc&format=csv&fields=id")
    assert exported.text.split() == ["id", "0", "3"]
    assert_problem(client.get(f"{prefix}/logs/export?saved=b"), 400, "no saved search", "saved")
    assert_problem(client.get(f"{prefix}/logs?saved=b"), 400, "no saved search", "saved")
    assert_problem(client.get(f"{prefix}/logs?saved=a&saved=b"), 400, "more than one", "saved")
