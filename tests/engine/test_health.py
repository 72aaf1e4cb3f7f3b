"""Asking a server whether it answers."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.engine import health
from app.engine.health import cluster_status, status_code
from tests.engine.eventually import DEADLINE
from tests.node import free_port


@pytest.fixture(autouse=True)
def _however_slowly_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_TIMEOUT", DEADLINE)


@contextlib.contextmanager
def server(status: int, body: bytes) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as httpd:
        serving = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{httpd.server_port}"
        finally:
            httpd.shutdown()
            serving.join()


def test_where_nothing_listens_there_is_no_status() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"

    assert status_code(nowhere) is None
    assert cluster_status(nowhere) is None


def test_the_status_of_an_answer() -> None:
    with server(503, b"") as url:
        assert status_code(url) == 503


@pytest.mark.parametrize("colour", ["green", "yellow", "red"])
def test_the_status_of_a_cluster(colour: str) -> None:
    with server(200, f'{{"status":"{colour}"}}'.encode()) as url:
        assert cluster_status(url) == colour


@pytest.mark.parametrize(
    ("status", "body"), [(503, b'{"status":"green"}'), (200, b"<html>"), (200, b"[]"), (200, b"{}")]
)
def test_any_other_answer_is_no_status(status: int, body: bytes) -> None:
    with server(status, body) as url:
        assert cluster_status(url) is None
