"""Connections without TLS: what a server may do to them, played by a small one with a script."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import pytest
from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport import ConnectionTimeout, HttpHeaders, NodeConfig

from app.stores.elasticsearch.plain_node import PlainNode

#: What the server does with one connection.
Script: TypeAlias = Callable[[socket.socket], None]

_OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@contextlib.contextmanager
def server(scripts: Sequence[Script]) -> Iterator[PlainNode]:
    """A server that plays one script a connection, and a node that speaks to it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def play() -> None:
            for script in scripts:
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    script(connection)

        thread = threading.Thread(target=play, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        node = PlainNode(NodeConfig("http", "127.0.0.1", port, request_timeout=30.0))
        yield node
        node.close()
        thread.join()


def request(connection: socket.socket) -> bytes:
    """All of the next request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Script:
    """Answers so many requests with these, then closes."""

    def script(connection: socket.socket) -> None:
        for answer in answers:
            request(connection)
            connection.sendall(answer)

    return script


def test_the_request_is_sent_as_it_is_and_the_answer_comes_whole() -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        seen.append(request(connection))
        connection.sendall(
            b"HTTP/1.1 404 Not Found\r\nX-Elastic-Product: Elasticsearch\r\ncontent-length: 5\r\n\r\n"
        )
        connection.sendall(b"ab")
        connection.sendall(b"cde")

    with server([script]) as node:
        headers = HttpHeaders({"content-type": "application/json"})
        answer = node.perform_request("POST", "/_search?size=1", b'{"a":1}', headers)

    assert seen[0].startswith(b"POST /_search?size=1 HTTP/1.1\r\n")
    assert b"\r\nhost: 127.0.0.1:" in seen[0]
    assert b"\r\ncontent-type: application/json\r\n" in seen[0]
    assert seen[0].endswith(b'\r\n\r\n{"a":1}')
    assert (answer.meta.status, answer.body) == (404, b"abcde")
    assert answer.meta.headers["x-elastic-product"] == "Elasticsearch"


def test_a_connection_serves_several_requests() -> None:
    with server([answering(_OK, _OK, _OK)]) as node:
        assert [node.perform_request("GET", "/").body for _ in range(3)] == [b"{}"] * 3


def test_an_answer_may_come_in_chunks() -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with server([answering(chunked, _OK)]) as node:
        assert node.perform_request("GET", "/").body == b"abcde"
        assert node.perform_request("GET", "/").body == b"{}"


def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    is_closed = threading.Event()

    def closes(connection: socket.socket) -> None:
        answering(_OK)(connection)
        connection.shutdown(socket.SHUT_RDWR)
        is_closed.set()

    with server([closes, answering(_OK)]) as node:
        node.perform_request("GET", "/")
        assert is_closed.wait(30)
        assert node.perform_request("GET", "/").body == b"{}"


def test_a_server_that_wants_no_more_requests_gets_them_on_another_connection() -> None:
    farewell = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]"
    with server([answering(farewell), answering(_OK)]) as node:
        assert node.perform_request("GET", "/").body == b"[]"
        assert node.perform_request("GET", "/").body == b"{}"


def test_headers_that_announce_an_answer_are_none() -> None:
    with server([answering(b"HTTP/1.1 102 Processing\r\nx-one: 1\r\n\r\n" + _OK)]) as node:
        answer = node.perform_request("GET", "/")

    assert (answer.meta.status, answer.body) == (200, b"{}")
    assert "x-one" not in answer.meta.headers


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "no HTTP"],
)
def test_an_answer_that_is_none_is_an_error_and_the_next_request_goes_on(answer: bytes) -> None:
    with server([answering(answer), answering(_OK)]) as node:
        with pytest.raises(NoConnectionError):
            node.perform_request("GET", "/")
        assert node.perform_request("GET", "/").body == b"{}"


def test_nobody_there_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    with pytest.raises(NoConnectionError):
        PlainNode(NodeConfig("http", "127.0.0.1", port)).perform_request("GET", "/")


def test_an_answer_that_trickles_has_no_more_time_than_one_that_does_not_come() -> None:
    is_given_up = threading.Event()

    def trickles(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not is_given_up.wait(0.01):
            connection.sendall(b"x")

    with server([trickles, answering(_OK)]) as node:
        with pytest.raises(ConnectionTimeout):
            node.perform_request("GET", "/", request_timeout=0.3)
        is_given_up.set()
        assert node.perform_request("GET", "/").body == b"{}"


@pytest.mark.parametrize("target", ["/a\r\nx: y", "/a\nx: y"])
def test_nothing_makes_two_requests_of_one(target: str) -> None:
    with pytest.raises(ValueError, match="line breaks"):
        PlainNode(NodeConfig("http", "127.0.0.1", 1)).perform_request("GET", target)
    with pytest.raises(ValueError, match="line breaks"):
        PlainNode(NodeConfig("http", "127.0.0.1", 1)).perform_request(
            "GET", "/", headers=HttpHeaders({"x-opaque-id": target})
        )
