"""One node of the cluster, asked at a third of the cost of the client's own way.

The client hands each request to a node class. The usual one (``Urllib3HttpNode``) goes through urllib3
and the standard library's parser, which takes a millisecond of processor time a request: more than all
else that a search costs here. Connections are made by urllib3 all the same, TLS with its checks
included; what is new is only what is written to and read from them.
"""

import weakref
from collections import deque
from collections.abc import Mapping
from socket import SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET
from ssl import SSLError, SSLSocket
from struct import pack
from time import perf_counter
from typing import Any, NamedTuple, cast

from elastic_transport import (
    ApiResponseMeta,
    ConnectionTimeout,
    HttpHeaders,
    NodeConfig,
    TlsError,
    TransportError,
    Urllib3HttpNode,
)
from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport.client_utils import DEFAULT, DefaultType
from httptools import HttpParserError, HttpResponseParser
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import SSLError as TlsCheckError

#: Bytes that are read at a time.
_PIECE = 131_072
#: Bytes up to which a body is copied, to be sent together with its head.
_SMALL_BODY = 16_384


class _NodeAnswer(NamedTuple):
    """What the client wants of a node; it does not export its own name for it."""

    meta: ApiResponseMeta
    body: bytes


class SwiftNode(Urllib3HttpNode):
    """Sends requests over connections that it keeps."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        host = f"[{config.host}]" if ":" in config.host else config.host
        self._host_line = f"host: {host}:{config.port}"
        # A plain one: the client's own mapping takes ten times as long to go through.
        self._usual_headers = dict(self._headers)
        self._timeout = config.request_timeout
        self._most_idle = config.connections_per_node
        #: The one that was used last is at the end, and is used first.
        self._idle: deque[HTTPConnection] = deque()
        self._is_closed = False
        # A node that is forgotten and not closed takes its connections with it.
        weakref.finalize(self, _close_all, self._idle)

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        request_timeout: float | DefaultType | None = DEFAULT,
    ) -> Any:
        """The answer's meta data and body.

        Raises:
            ConnectionError, ConnectionTimeout, TlsError: there is no answer, or not in time.
        """
        if method == "HEAD" or self._http_compress:
            # An answer without the body that it tells of, or a body that is packed: nothing of ours.
            own_headers = HttpHeaders(headers or {})
            return super().perform_request(method, target, body, own_headers, request_timeout)
        own = {**self._usual_headers, **(headers or {})}
        parts = self._encode(method, target, own, body or b"")
        timeout = self._timeout if isinstance(request_timeout, DefaultType) else request_timeout
        started = perf_counter()
        try:
            answer = self._exchange(parts, timeout)
        except (OSError, HTTPError, HttpParserError) as error:
            raise _translated(error) from error
        seconds = perf_counter() - started
        answered = HttpHeaders(answer.headers)
        meta = ApiResponseMeta(answer.status, "1.1", answered, seconds, self.config)
        return _NodeAnswer(meta, b"".join(answer.body))

    def close(self) -> None:
        """Close what is kept."""
        self._is_closed = True
        _close_all(self._idle)
        super().close()

    def _encode(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> list[bytes]:
        first = f"{method} {self._path_prefix}{target} HTTP/1.1"
        lines = [first, self._host_line, "accept-encoding: identity"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body or method in ("POST", "PUT"):
            lines.append(f"content-length: {len(body)}")
        head = "\r\n".join([*lines, "", ""])
        # Whatever stands in a value, it must not begin a line of its own; nor end the first one.
        if not head.count("\r") == head.count("\n") == len(lines) + 1 or first.count(" ") != 2:
            raise ValueError("a request's address or header holds what would end its line")
        encoded = head.encode("latin-1")
        return [encoded + body] if len(body) <= _SMALL_BODY else [encoded, body]

    def _exchange(self, parts: list[bytes], timeout: float | None) -> "_Answer":
        connection = self._take(timeout)
        try:
            answer = _Answer()
            try:
                for part in parts:
                    connection.sock.sendall(part)
            except (BrokenPipeError, ConnectionResetError) as error:
                # A body that is too large is refused before all of it has come, and no more is read.
                answer.read_refusal(connection.sock, timeout, error)
            else:
                answer.read_from(connection.sock, timeout)
        except BaseException:
            # Part of an answer may still be on its way.
            connection.close()
            raise
        if answer.keeps_connection and len(self._idle) < self._most_idle and not self._is_closed:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _take(self, timeout: float | None) -> HTTPConnection:
        """A connection that is not in use, or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                break
            if connection.is_connected:
                _limit(connection, timeout)
                return connection
            connection.close()
        # The pool's own, as it knows all that is to be checked of a certificate.
        connection = cast("HTTPConnection", self.pool._new_conn())  # noqa: SLF001
        connection.timeout = timeout
        connection.connect()
        _limit(connection, timeout)
        return connection


def _close_all(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _limit(connection: HTTPConnection, timeout: float | None) -> None:
    """Let each reading and writing take so many seconds at most.

    The kernel limits them where it can: Python would first wait for the socket and then read it, and a
    thread that comes back from either waits for the others to let it run.
    """
    if connection.timeout == timeout and connection.sock.gettimeout() is None:
        return
    connection.timeout = timeout
    if isinstance(connection.sock, SSLSocket):
        connection.sock.settimeout(timeout)
        return
    # As in <sys/time.h>; zero is no limit.
    microseconds = 0 if timeout is None else max(int(timeout * 1_000_000), 1)
    limit = pack("ll", *divmod(microseconds, 1_000_000))
    connection.sock.settimeout(None)
    connection.sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, limit)
    connection.sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, limit)


def _translated(error: Exception) -> TransportError:
    """``error`` as the client knows it."""
    text = str(error) or type(error).__name__
    match error:
        # urllib3 counts this one among those that took too long.
        case NewConnectionError():
            return NoConnectionError(text, errors=(error,))
        # The kernel says of its limit that the call would block.
        case TimeoutError() | BlockingIOError() | ConnectTimeoutError():
            return ConnectionTimeout(text, errors=(error,))
        case SSLError() | TlsCheckError():
            return TlsError(text, errors=(error,))
        case _:
            return NoConnectionError(text, errors=(error,))


class _Answer:
    """An answer as the parser tells of it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.keeps_connection = False
        self._is_in_body = self._is_whole = False
        self._parser = HttpResponseParser(self)

    def read_from(self, sock: Any, timeout: float | None) -> None:
        """Read until the answer is whole.

        Raises:
            OSError, HttpParserError: it does not get whole; not in time if it comes in drops.
        """
        until = None if timeout is None else perf_counter() + timeout
        try:
            self._read(sock, until)
        finally:
            # It holds this object, and with it the body until the garbage is collected, which is seldom.
            del self._parser

    def read_refusal(self, sock: Any, timeout: float | None, failure: OSError) -> None:
        """Read what was answered to a request that could not be sent whole.

        Raises:
            OSError: ``failure``, if nothing was, or nothing that explains it.
        """
        try:
            self.read_from(sock, timeout)
        except (OSError, HttpParserError):
            raise failure from None
        if self.status < 400:
            raise failure
        self.keeps_connection = False

    def _read(self, sock: Any, until: float | None) -> None:
        parser = self._parser
        while not self._is_whole:
            piece = sock.recv(_PIECE)
            if piece:
                parser.feed_data(piece)
                if until is not None and perf_counter() > until and not self._is_whole:
                    raise TimeoutError("the answer has not come whole in time")
            elif self._ends_with_connection():
                return
            else:
                raise ConnectionResetError("the connection ended before the answer did")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self.headers.get(key)
        self.headers[key] = text if known is None else f"{known}, {text}"

    def on_body(self, piece: bytes) -> None:
        """Called by the parser."""
        self.body.append(piece)

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.status = self._parser.get_status_code()
        self._is_in_body = True

    def on_message_complete(self) -> None:
        """Called by the parser."""
        if self.status < 200:  # an interim answer: the one that counts follows
            self.headers.clear()
            self._is_in_body = False
            return
        self.keeps_connection = self._parser.should_keep_alive()
        self._is_whole = True

    def _ends_with_connection(self) -> bool:
        """Whether the answer's end is that of the connection, as in the old days."""
        says_length = "content-length" in self.headers or "transfer-encoding" in self.headers
        return self._is_in_body and not says_length
