"""Stands between the API and Elasticsearch, reads whole requests, and answers bulk requests badly."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

#: Passes the request on; the whole answer, as bytes of HTTP.
PassOn = Callable[[], bytes]
#: What to do with a bulk request: the bytes to answer, after which the connection is closed.
Manner = Callable[[PassOn], bytes]

#: In place of an answer: the connection is reset.
RESET = b"reset"


def well(pass_on: PassOn) -> bytes:
    """As if nobody stood between."""
    return pass_on()


def resetting_before(pass_on: PassOn) -> bytes:
    """Elasticsearch never hears of it, and the connection is reset."""
    return RESET


def resetting_after(pass_on: PassOn) -> bytes:
    """Elasticsearch carries it out, and the connection is reset."""
    pass_on()
    return RESET


def truncating(pass_on: PassOn) -> bytes:
    """Elasticsearch carries it out; half of the answer's body arrives."""
    head, _, body = pass_on().partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + body[: len(body) // 2]


def cutting_json(pass_on: PassOn) -> bytes:
    """Elasticsearch carries it out; the answer is whole HTTP around half of the JSON."""
    head, _, body = pass_on().partition(b"\r\n\r\n")
    half = body[: len(body) // 2]
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(half), b"", half])


def a_page(status: bytes, *, is_carried_out: bool = True) -> Manner:
    """The answer is a page of HTML, as a proxy in front of Elasticsearch has it."""

    def answer(pass_on: PassOn) -> bytes:
        if is_carried_out:
            pass_on()
        page = b"<html><body><h1>This is not the page you are looking for</h1></body></html>"
        head = b"HTTP/1.1 %b\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        return head % (status, len(page)) + page

    return answer


class Middleman:
    """A proxy of ``url`` for HTTP.

    Attributes:
        manner: how bulk requests are treated from now on; all others are passed on.
        bulks: how many bulk requests are or were treated by a manner other than ``well``.
        passed: how many were passed on, and their answers back.
    """

    def __init__(self, url: str) -> None:
        self.manner: Manner = well
        self.bulks = 0
        self.passed = 0
        self._server = _Server(url, self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Pass nothing on any more."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, target: str, middleman: Middleman) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.target = target
        self.middleman = middleman
        self.http = urllib3.PoolManager(retries=False, timeout=120.0, maxsize=64)

    def handle_error(self, request: object, client_address: object) -> None:
        """Those whom it serves are killed in the middle of it: nothing to tell."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def serve(self) -> None:
        """One request, of any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        middleman = self.server.middleman
        is_bulk = self.path.partition("?")[0].endswith("/_bulk")
        manner = middleman.manner if is_bulk else well
        if manner is not well:
            # Before it is treated: that may end the test that looks at the number.
            middleman.bulks += 1
            self.close_connection = True
        answer = manner(lambda: self._pass_on(body))
        if is_bulk and manner is well:
            middleman.passed += 1
        if answer is RESET:
            # With nothing to linger for, a close is a reset.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        else:
            self.wfile.write(answer)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve  # noqa: N815 -- the library's names

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _pass_on(self, body: bytes) -> bytes:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
        answer = self.server.http.request(
            self.command,
            self.server.target + self.path,
            body=body,
            headers=headers,
            redirect=False,
            decode_content=False,
        )
        size = len(answer.data)
        if self.command == "HEAD":
            size = int(answer.headers.get("Content-Length", 0))
        kept = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}
        }
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Length: {size}"]
        lines += [f"{name}: {value}" for name, value in kept.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.data


@contextlib.contextmanager
def middleman_to(url: str) -> Iterator[Middleman]:
    """A middleman before ``url`` that passes everything on at first."""
    made = Middleman(url)
    try:
        yield made
    finally:
        made.close()
