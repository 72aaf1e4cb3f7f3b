"""The OpenAPI document and the page that shows it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from app.domain.levels import LogLevel
from app.protocols.filter_json import KINDS
from app.protocols.rest import FILTER_PARAMETERS, PAGE_PARAMETERS
from tests.builders import dead_letter
from tests.fakes import FakeDeadLetters
from tests.http import site
from tests.http.site import record

UNDESCRIBED = ("/docs", "/openapi.json")


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/openapi.json").get_json()
    return body


def described(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }


def served(client: FlaskClient) -> Iterator[tuple[str, str]]:
    for rule in client.application.url_map.iter_rules():
        if not rule.rule.startswith(UNDESCRIBED):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, path


def test_it_is_a_valid_openapi_document(document: dict[str, Any]) -> None:
    validate(document)

    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] == "Logfeed"


def test_it_describes_every_route_and_no_other(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    assert described(document) == set(served(client))


@pytest.mark.parametrize("path", ["/logs", "/api/v1/logs"])
def test_it_names_every_parameter_of_a_search(document: dict[str, Any], path: str) -> None:
    named = [parameter["name"] for parameter in document["paths"][path]["get"]["parameters"]]

    assert named == [*FILTER_PARAMETERS, "saved", *PAGE_PARAMETERS, "explain"]


def test_a_record_is_described_with_what_is_required_and_allowed(document: dict[str, Any]) -> None:
    shown = document["components"]["schemas"]["Record"]

    assert sorted(shown["required"]) == ["level", "message", "service"]
    assert shown["properties"]["level"]["enum"] == [level.name for level in LogLevel]
    assert shown["properties"]["service"]["maxLength"] == 256
    assert set(shown["properties"]) == {
        *("id", "timestamp", "level", "service", "message", "metadata"),
        *("source_ip", "correlation_id", "trace_id", "span_id"),
    }


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("post", "/logs", record()),
        ("post", "/logs", record(id="old")),
        ("post", "/logs", record(level="LOUD")),
        ("post", "/logs/batch", [record(), record(level="LOUD")]),
        ("post", "/logs/batch", [record()]),
        ("post", "/logs/batch", [record(level="LOUD")]),
        ("get", "/logs", None),
        ("get", "/logs?limit=0", None),
        ("get", "/logs?explain=true", None),
        ("post", "/logs/search", {"filter": {"level": "INFO"}}),
        ("post", "/logs/search", {"filter": {}}),
        ("get", "/logs/stats", None),
        ("get", "/logs/stats?explain=true", None),
        ("get", "/logs/histogram?by=level", None),
        ("get", "/logs/facets?field=level,source_ip", None),
        ("get", "/logs/services", None),
        ("get", "/logs/percentiles?field=metadata.a", None),
        ("get", "/logs/top-messages", None),
        ("get", "/logs/compare?start_time=now-1h", None),
        ("get", "/logs/old", None),
        ("get", "/logs/new", None),
        ("get", "/logs/old/context", None),
        ("get", "/logs/new/context", None),
        ("get", "/traces/old", None),
        ("get", "/traces/new", None),
        ("get", "/logs/export?limit=0", None),
    ],
)
def test_answers_have_the_form_that_is_described(
    client: FlaskClient, document: dict[str, Any], method: str, path: str, sent: Any
) -> None:
    client.post(
        "/logs", json=record(id="old", metadata={"a": 1}, source_ip="10.0.0.7", trace_id="old")
    )

    answer = client.open(path, method=method.upper(), json=sent)

    described = re.sub(r"\?.*", "", re.sub("/(old|new)\\b", "/{id}", path))
    assert_as_described(document, answer, described, method)


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("get", "", None),
        ("get", "?limit=1", None),
        ("get", "?limit=0", None),
        ("get", "/old", None),
        ("get", "/new", None),
        ("delete", "/old", None),
        ("delete", "?all=true", None),
        ("delete", "", None),
        ("post", "/replay", None),
        ("post", "/replay", {"ids": ["old", "new"]}),
        ("post", "/replay", {"ids": []}),
    ],
)
def test_answers_on_dead_letters_have_the_form_that_is_described(
    document: dict[str, Any], method: str, path: str, sent: Any
) -> None:
    letters = FakeDeadLetters(dead_letter("old"), dead_letter("older"))
    client = site.client(dead_letters=letters)

    answer = client.open(f"/api/v1/dead-letters{path}", method=method.upper(), json=sent)

    described = re.sub(r"\?.*", "", re.sub("/(old|new)$", "/{id}", path))
    assert_as_described(document, answer, f"/api/v1/dead-letters{described}", method)


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("get", "logs/patterns", None),
        ("get", "logs/patterns?new_since=now-1h", None),
        ("get", "logs/patterns?sample=0", None),
        ("get", "searches", None),
        ("get", "searches/old", None),
        ("get", "searches/new", None),
        ("put", "searches/old", {"parameters": {"service": "shop"}}),
        ("put", "searches/new", {"parameters": {"service": "shop"}}),
        ("put", "searches/new", {}),
        ("delete", "searches/old", None),
        ("delete", "searches/new", None),
    ],
)
def test_answers_on_patterns_and_saved_searches_have_the_form_that_is_described(
    client: FlaskClient, document: dict[str, Any], method: str, path: str, sent: Any
) -> None:
    client.post("/logs", json=record())
    client.put("/api/v1/searches/old", json={"parameters": {"service": "checkout"}})

    answer = client.open(f"/api/v1/{path}", method=method.upper(), json=sent)

    described = re.sub(r"\?.*", "", re.sub("/(old|new)$", "/{name}", path))
    assert_as_described(document, answer, f"/api/v1/{described}", method)


@pytest.mark.parametrize(
    ("filter", "is_described"),
    [
        ({"all": [{"level": "ERROR"}, {"not": {"service": "a"}}]}, True),
        ({"field": {"path": "a", "op": ">", "value": 2}}, True),
        ({"time": {"from": "now-1h"}}, True),
        ({"levels": "ERROR"}, False),
        ({}, False),
        ({"field": {"path": "a"}}, False),
    ],
    ids=str,
)
def test_a_search_is_described_as_it_is_taken(
    client: FlaskClient, document: dict[str, Any], filter: Any, is_described: bool
) -> None:
    body = document["paths"]["/logs/search"]["post"]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": document["components"]}

    assert OAS31Validator(schema).is_valid({"filter": filter}) is is_described
    answer = client.post("/logs/search", json={"filter": filter})
    assert (answer.status_code == 200) is is_described


def test_every_kind_of_filter_is_described(document: dict[str, Any]) -> None:
    assert set(document["components"]["schemas"]["Filter"]["properties"]) == set(KINDS)


def assert_as_described(
    document: dict[str, Any], answer: TestResponse, path: str, method: str
) -> None:
    operation = document["paths"][path][method]
    content = operation["responses"][str(answer.status_code)]["content"]
    schema = {**content[answer.mimetype]["schema"], "components": document["components"]}
    OAS31Validator(schema).validate(answer.get_json())


def test_the_page_shows_the_document_and_asks_no_outside_host(client: FlaskClient) -> None:
    answer = client.get("/docs")

    page = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert '"url": "/openapi.json"' in page
    assert set(re.findall(r"https?://([^/\"']+)", page)) <= {"localhost"}
    assert '"validatorUrl": null' in page


def test_every_file_of_the_page_is_served_from_here(client: FlaskClient) -> None:
    page = client.get("/docs").get_data(as_text=True)

    files = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert len(files) >= 4
    for file in files:
        with client.get(file) as answer:
            assert (file, answer.status_code) == (file, 200)
