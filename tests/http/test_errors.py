"""Whatever goes wrong, the answer is a problem body: never HTML, never a stack trace."""

import pytest
from flask.testing import FlaskClient

from tests.fakes import BrokenDatabase
from tests.http import site
from tests.http.site import PROBLEM, assert_problem, record


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/api", "/api/v1", "/api/v2/logs", "//logs", "/docs/../app.py", "/LOGS"],
)
def test_an_unknown_address_is_404(client: FlaskClient, path: str) -> None:
    assert_problem(client.get(path), 404, "there is nothing at")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/logs", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/api/v1/logs", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/logs/stats", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/logs/1", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/metrics", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/logs", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("BREW", "/readyz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_allowed_is_405_with_those_that_are(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = client.open(path, method=method)

    assert_problem(answer, 405, f"{method} is not allowed here; allowed are GET, HEAD, OPTIONS")
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/xml"])
def test_a_browser_gets_no_html_for_an_error(client: FlaskClient, accept: str) -> None:
    answer = client.get("/nothing", headers={"Accept": accept})

    assert answer.content_type == PROBLEM


def test_an_address_with_markup_is_not_echoed_as_html(client: FlaskClient) -> None:
    answer = client.get("/<script>alert(1)</script>")

    assert answer.content_type == PROBLEM


@pytest.mark.parametrize("path", ["/logs", "/logs/batch"])
def test_an_unexpected_error_on_a_write_is_500_without_details(prefix: str, path: str) -> None:
    client = site.client(store=BrokenDatabase())

    answer = client.post(f"{prefix}{path}", json=record() if path == "/logs" else [record()])

    assert_problem(answer, 500, "an unexpected error")
    assert "hunter2" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_an_unexpected_error_on_a_search_is_500_without_details(prefix: str) -> None:
    client = site.client(store=BrokenDatabase())

    answer = client.get(f"{prefix}/logs")

    assert_problem(answer, 500, "an unexpected error")
    assert "hunter2" not in answer.get_data(as_text=True)


def test_an_unexpected_error_does_not_disturb_the_next_request() -> None:
    client = site.client(store=BrokenDatabase())
    client.get("/logs")

    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/logs", "/logs?limit=1", "/logs/stats", "/healthz", "/readyz", "/openapi.json", "/logs/"],
)
def test_head_answers_as_get_does_without_a_body(client: FlaskClient, path: str) -> None:
    get, head = client.get(path), client.head(path)

    assert (head.status_code, head.content_type) == (get.status_code, get.content_type)
    assert head.get_data() == b""


@pytest.mark.parametrize(
    ("path", "status"), [("/logs/1", 404), ("/nothing", 404), ("/logs?limit=0", 400)]
)
def test_head_tells_errors_too(client: FlaskClient, path: str, status: int) -> None:
    answer = client.head(path)

    assert (answer.status_code, answer.get_data()) == (status, b"")


@pytest.mark.parametrize("path", ["/logs", "/api/v1/logs", "/healthz", "/logs/batch"])
def test_options_lists_the_methods(client: FlaskClient, path: str) -> None:
    answer = client.options(path)

    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert {"GET", "OPTIONS"} <= set(answer.headers["Allow"].split(", "))
    assert "POST" in answer.headers["Allow"] or path == "/healthz"


def test_options_are_told_without_a_body(client: FlaskClient) -> None:
    answer = client.options("/api/v1/logs")

    assert (answer.status_code, answer.data) == (200, b"")
    assert "Content-Type" not in answer.headers
    assert {"GET", "POST"} <= {method.strip() for method in answer.headers["Allow"].split(",")}
