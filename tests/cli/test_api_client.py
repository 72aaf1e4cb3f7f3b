"""What the client of the API tells beside the answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.cli.api_client import ApiClient
from app.wiring.clock import system_clock
from tests.builders import HOUR, NOON_NS, SECOND

Answering = Callable[..., AbstractContextManager[ApiClient]]
LATER = "Tue, 24 Nov 2026 12:00:00 GMT"
EARLIER = "Tue, 24 Nov 2026 11:00:00 GMT"


@pytest.fixture
def answering() -> Answering:
    """A client of something that gives an answer for each of these dates."""

    @contextmanager
    def made(*dates: str | None) -> Iterator[ApiClient]:
        left = list(dates)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(200)
                date = left.pop(0)
                if date is not None:
                    self.send_header("Date", date)
                self.end_headers()
                self.wfile.write(b"{}")

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield ApiClient(f"http://127.0.0.1:{server.server_port}")
            finally:
                server.shutdown()
                thread.join()

    return made


def test_when_a_request_was_sent_is_told_by_the_clock_of_the_api(answering: Answering) -> None:
    with answering(LATER) as client:
        client.get("/")

    assert NOON_NS - 30 * SECOND < client.asked_at < NOON_NS


def test_it_was_not_before_the_answer_to_the_last_one_however_long_it_took(
    answering: Answering,
) -> None:
    with answering(LATER, LATER) as client:
        client.get("/")
        client.get("/")

    assert client.asked_at == NOON_NS


def test_a_clock_that_is_set_back_is_believed(answering: Answering) -> None:
    with answering(LATER, EARLIER) as client:
        client.get("/")
        client.get("/")

    assert client.asked_at < NOON_NS - HOUR


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 24 Nov 2026 12:00:00 -0000"])
def test_without_a_date_it_is_told_by_our_own_clock(answering: Answering, date: str | None) -> None:
    before = system_clock()
    with answering(date) as client:
        client.get("/")

    assert before - SECOND < client.asked_at <= system_clock()
