"""HTTP without TLS to one node of Elasticsearch, at a tenth of the usual client's processor time.

Every search and every bulk request goes through here. urllib3 takes 0.5 ms of processor time for one,
and ``http.client`` 0.2, most of it for the headers of the answer; a socket and a parser in C take 0.05
(measured by 600 requests of 600 bytes). What is not the usual request is left to urllib3: TLS, HEAD.
"""

import contextlib
import select
import socket
from collections import deque
from collections.abc import Mapping
from time import monotonic

from elastic_transport import (
    ApiResponseMeta,
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
    Urllib3HttpNode,
)
from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport._node import NodeApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType
from httptools import HttpParserError, HttpResponseParser

_RECEIVED_AT_ONCE = 262_144


class PlainNode(Urllib3HttpNode):
    """Keeps connections alive, and uses each for one request at a time; safe for threads."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self._idle: deque[_Connection] = deque(maxlen=config.connections_per_node)
        self._authority = f"[{config.host}]" if ":" in config.host else config.host

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        """Send a request and return its answer, whatever its status.

        Raises:
            ConnectionError: nothing answers, or what answers breaks off or speaks no HTTP.
            ConnectionTimeout: not within ``request_timeout`` seconds.
        """
        if self.config.scheme != "http" or method == "HEAD" or self._http_compress:
            return super().perform_request(method, target, body, headers, request_timeout)
        began = monotonic()
        timeout = self.config.request_timeout if request_timeout is DEFAULT else request_timeout
        deadline = None if timeout is None else began + float(timeout)
        message = self._head(method, target, body or b"", headers) + (body or b"")
        try:
            connection = self._connection(deadline)
            try:
                connection.exchange(message, deadline)
            except BaseException:
                connection.close()
                raise
        except TimeoutError as error:
            raise ConnectionTimeout("Connection timed out", errors=(error,)) from error
        except (OSError, HttpParserError) as error:
            raise NoConnectionError(str(error), errors=(error,)) from error
        meta = ApiResponseMeta(
            node=self.config,
            duration=monotonic() - began,
            http_version="1.1",
            status=connection.status,
            headers=HttpHeaders(connection.headers),
        )
        answer = connection.body
        if connection.is_kept_alive:
            self._idle.append(connection)
        else:
            connection.close()
        return NodeApiResponse(meta, answer)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()
        super().close()

    def _connection(self, deadline: float | None) -> "_Connection":
        """One that was used last, as others may be closed by now; or a new one."""
        with contextlib.suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if connection.is_alive():
                    return connection
                connection.close()
        return _Connection(self.config.host, self.config.port, deadline)

    def _head(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str] | None
    ) -> bytes:
        """The request up to its body.

        Raises:
            ValueError: a line break in it would make another request of it.
        """
        sent = {**self._headers, **(headers or {})}
        lines = [
            f"{method} {self.path_prefix}{target} HTTP/1.1",
            f"host: {self._authority}:{self.config.port}",
            f"content-length: {len(body)}",
            *[f"{name}: {value}" for name, value in sent.items()],
        ]
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1:
            raise ValueError("a request's target or header must not hold line breaks")
        return f"{head}\r\n\r\n".encode("latin-1")


class _Connection:
    """One connection, and the answer to the last request that was sent over it.

    Attributes:
        is_kept_alive: another request may follow.
    """

    def __init__(self, host: str, port: int, deadline: float | None) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_kept_alive = False
        self._parts: list[bytes] = []
        self._is_complete = False
        self._socket = socket.create_connection((host, port), _left(deadline))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._parser = HttpResponseParser(self)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    @property
    def body(self) -> bytes:
        """Of the answer."""
        return b"".join(self._parts)

    def is_alive(self) -> bool:
        """Whether the other side has not closed it; what it says unasked is its farewell, too."""
        return not self._poll.poll(0)

    def exchange(self, message: bytes, deadline: float | None) -> None:
        """Send ``message`` and read the whole answer.

        Raises:
            TimeoutError, OSError, HttpParserError: there is none.
        """
        self._is_complete = False
        self._socket.settimeout(_left(deadline))
        self._socket.sendall(message)
        while not self._is_complete:
            self._socket.settimeout(_left(deadline))
            data = self._socket.recv(_RECEIVED_AT_ONCE)
            if not data:
                raise OSError("the connection was closed before the answer was whole")
            self._parser.feed_data(data)

    def close(self) -> None:
        """Use it no more."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def on_message_begin(self) -> None:
        """The parser has found an answer."""
        self.headers, self._parts = {}, []

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has a header."""
        self.headers[name.decode("latin-1")] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        """The parser has a part of the body."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """The parser has the end of the answer."""
        self.status = self._parser.get_status_code()
        self.is_kept_alive = self._parser.should_keep_alive()
        self._is_complete = self.status >= 200  # others only announce one


def _left(deadline: float | None) -> float | None:
    """Seconds until ``deadline``.

    Raises:
        TimeoutError: none are left.
    """
    if deadline is None:
        return None
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError("no time is left")
    return left
