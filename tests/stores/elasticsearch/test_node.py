"""One node, spoken to over sockets: what is sent, how answers end, and what goes wrong."""

import contextlib
import gc
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pytest
from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport import ConnectionTimeout, HttpHeaders, NodeConfig

from app.stores.elasticsearch.node import SwiftNode, _Answer
from tests.node import free_port

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
LONG = b"x" * 1_000_000


class Server:
    """Reads one request after the other and answers each as ``answers`` says.

    Attributes:
        port: where it listens.
        requests: what it was sent, whole.
        connections: how many were made to it.
    """

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self._open: list[socket.socket] = []
        self._serving: list[threading.Thread] = []
        threading.Thread(target=self._run, daemon=True).start()

    def hang_up(self) -> None:
        """End all connections."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self) -> None:
        self._listener.close()
        self.hang_up()
        for thread in self._serving:
            thread.join(30.0)
            assert not thread.is_alive(), "it would take time and memory from all later tests"

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._serving.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        file = connection.makefile("rb")
        with contextlib.suppress(OSError, ValueError):
            while head := _head(file):
                lengths = [line for line in head.split(b"\r\n") if line.startswith(b"content-len")]
                size = int(lengths[0].split()[1]) if lengths else 0
                self.requests.append(head + b"\r\n" + file.read(size))
                answer = self._answers.pop(0) if self._answers else OK
                connection.sendall(answer)
                is_cut = not answer.endswith((b"}", b"\r\n", b"x"))
                if is_cut or b"connection: close" in answer or answer.startswith(b"HTTP/1.0"):
                    connection.shutdown(socket.SHUT_RDWR)
                    return


def _head(file: BinaryIO) -> bytes:
    """The next request's lines; none where the client has hung up."""
    lines: list[bytes] = []
    # At the end of a connection an empty line is read, again and again.
    while (line := file.readline()) not in (b"\r\n", b""):
        lines.append(line)
    return b"".join(lines)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with contextlib.ExitStack() as stack:

        def start(*answers: bytes) -> Server:
            server = Server(*answers)
            stack.callback(server.close)
            return server

        yield start


@contextlib.contextmanager
def node(port: int, path_prefix: str = "", host: str = "127.0.0.1") -> Iterator[SwiftNode]:
    made = SwiftNode(NodeConfig("http", host, port, path_prefix, request_timeout=30.0))
    try:
        yield made
    finally:
        made.close()


def test_one_connection_serves_request_after_request(serve: Callable[..., Server]) -> None:
    server = serve()
    with node(server.port) as one:
        for _ in range(3):
            meta, body = one.perform_request("GET", "/_cluster/health")
            assert (meta.status, meta.headers["content-type"], body) == (
                200,
                "application/json",
                b"{}",
            )

    assert server.connections == 1


def test_headers_and_body_are_sent_as_they_are(serve: Callable[..., Server]) -> None:
    server = serve()
    headers = HttpHeaders({"Authorization": "ApiKey abc", "content-type": "application/json"})
    with node(server.port, "/behind/proxy") as one:
        one.perform_request("POST", "/_search?q=1", b'{"size":0}', headers)
        one.perform_request("PUT", "/index", LONG, headers)
        one.perform_request("POST", "/_refresh")
        one.perform_request("DELETE", "/index")

    searched, put, refreshed, deleted = server.requests
    assert searched.startswith(b"POST /behind/proxy/_search?q=1 HTTP/1.1\r\n")
    assert b"\r\nhost: 127.0.0.1:%d\r\n" % server.port in searched
    assert b"\r\nauthorization: ApiKey abc\r\n" in searched.replace(b"Auth", b"auth")
    assert searched.endswith(b"\r\n\r\n" + b'{"size":0}')
    assert put.endswith(b"\r\n\r\n" + LONG)
    assert b"\r\ncontent-length: 0\r\n" in refreshed
    assert b"content-length" not in deleted


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\nx: y\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\n\r\n{}",
    ],
    ids=["chunked", "interim", "last", "plain"],
)
def test_an_answer_may_end_in_any_way(serve: Callable[..., Server], answer: bytes) -> None:
    server = serve(answer)
    with node(server.port) as one:
        assert one.perform_request("GET", "/").body == b"{}"
        assert one.perform_request("GET", "/").body == b"{}"


@contextlib.contextmanager
def refusing(answer: bytes) -> Iterator[int]:
    """The port of a server that reads the head of a request only, answers, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(1_000)
                connection.sendall(answer)
                # What was not read of the body makes this a reset.

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_body_that_is_refused_before_it_has_come_whole_is_answered() -> None:
    with (
        refusing(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n") as port,
        node(port) as one,
    ):
        assert one.perform_request("POST", "/_bulk", 50 * LONG).meta.status == 413


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 4", OK], ids=["none", "cut", "not a refusal"])
def test_a_body_that_cannot_be_sent_is_not_answered_by_anything_else(answer: bytes) -> None:
    with refusing(answer) as port, node(port) as one, pytest.raises(NoConnectionError):
        one.perform_request("POST", "/_bulk", 50 * LONG)


def test_a_long_answer_comes_whole(serve: Callable[..., Server]) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(LONG), LONG))
    with node(server.port) as one:
        assert one.perform_request("GET", "/").body == LONG


@pytest.mark.parametrize("status", [400, 404, 429, 503])
def test_an_error_is_an_answer(serve: Callable[..., Server], status: int) -> None:
    server = serve(OK.replace(b"200 OK", b"%d Sorry" % status))
    with node(server.port) as one:
        meta, body = one.perform_request("GET", "/")

    assert (meta.status, body) == (status, b"{}")


def test_an_answer_without_a_body_has_none(serve: Callable[..., Server]) -> None:
    server = serve(
        b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"
    )
    with node(server.port) as one:
        assert one.perform_request("GET", "/").body == b""
        assert one.perform_request("HEAD", "/index").meta.status == 200


def test_a_connection_that_was_ended_meanwhile_is_replaced(serve: Callable[..., Server]) -> None:
    server = serve()
    with node(server.port) as one:
        one.perform_request("GET", "/")
        server.hang_up()
        assert one.perform_request("GET", "/").body == b"{}"

    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", b"HTTP/1.1 200", b"SSH-2.0-none\r\n"],
)
def test_half_an_answer_is_none_and_the_next_one_is_right(
    serve: Callable[..., Server], answer: bytes
) -> None:
    server = serve(answer)
    with node(server.port) as one:
        with pytest.raises(NoConnectionError):
            one.perform_request("GET", "/")
        assert one.perform_request("GET", "/").body == b"{}"


def test_an_answer_that_does_not_come_in_time_is_given_up(serve: Callable[..., Server]) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\n")
    with node(server.port) as one:
        with pytest.raises(ConnectionTimeout):
            one.perform_request("GET", "/", request_timeout=0.2)
        # What comes late of it must not be taken for the next one's.
        assert one.perform_request("GET", "/").body == b"{}"

    assert server.connections == 2


def test_an_answer_that_trickles_has_no_more_time_than_one_that_does_not_come() -> None:
    is_given_up = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            while not is_given_up.wait(0.01):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,), daemon=True)
        thread.start()
        with node(listener.getsockname()[1]) as one, pytest.raises(ConnectionTimeout):
            one.perform_request("GET", "/", request_timeout=0.3)
        is_given_up.set()
        thread.join()


def test_a_node_that_is_away_is_no_connection_rather_than_a_long_wait() -> None:
    for host in ("127.0.0.1", "no-such-host.invalid"):
        with node(free_port(), host=host) as one, pytest.raises(NoConnectionError):
            one.perform_request("GET", "/")


@pytest.mark.parametrize("target", ["/a b", "/a\r\nx: y", "/a\nb"])
def test_an_address_cannot_begin_a_line_of_its_own(
    serve: Callable[..., Server], target: str
) -> None:
    server = serve()
    with node(server.port) as one, pytest.raises(ValueError, match="end its line"):
        one.perform_request("GET", target)
    with node(server.port) as one, pytest.raises(ValueError, match="end its line"):
        one.perform_request("GET", "/", headers=HttpHeaders({"x-opaque-id": "a\r\nb: c"}))

    assert server.requests == []


def test_an_answer_that_nobody_holds_is_gone_at_once() -> None:
    class Wire:
        def recv(self, most: int) -> bytes:
            return b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

    answer = _Answer()
    answer.read_from(Wire(), None)
    held = weakref.ref(answer)
    gc.disable()
    try:
        del answer
        assert held() is None
    finally:
        gc.enable()
