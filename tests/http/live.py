"""The API behind its real server, over a store in memory, and a client that speaks bare TCP."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse

import uvicorn
from uvicorn.server import ServerState

from app.domain.messages import Messages
from app.domain.reading import RecordReader
from app.http.asgi import AsgiApplication
from app.http.connections import Connection as HttpConnection
from app.http.metrics import Metrics
from app.http.protocol import UVICORN_OPTIONS
from app.services.cached_answers import CachedAnswers
from app.settings import Settings
from app.stores.memory_state import InMemoryStateStore
from app.wiring.application import create_asgi_app
from app.wiring.reading import read_side_of
from tests.fakes import CountingIds, FakeClock, FlakyDatabase
from tests.http import site

#: Far more than anything here takes.
SECONDS = 120.0


@dataclass(frozen=True)
class Live:
    """A server that runs."""

    port: int
    application: AsgiApplication
    metrics: Metrics
    state: ServerState

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def connected(self) -> "Iterator[Connection]":
        """A connection to it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as made:
            connection = Connection(made)
            try:
                yield connection
            finally:
                connection.close()


class Connection:
    """Bytes to the server, answers from it."""

    def __init__(self, made: socket.socket) -> None:
        self._socket = made
        self._file = made.makefile("rb")

    @property
    def own_port(self) -> int:
        """By which the server knows this client."""
        port: int = self._socket.getsockname()[1]
        return port

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def line(self) -> bytes:
        """The next line that the server sends."""
        return self._file.readline()

    def answer(self) -> "Answer":
        """The next answer, read whole."""
        response = HTTPResponse(_Reading(self._file))  # type: ignore[arg-type]
        response.begin()
        return Answer(response.status, dict(response.getheaders()), response.read())

    def is_closed(self) -> bool:
        """Whether the server has ended the connection; waits for that or for a byte."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True


@dataclass(frozen=True)
class Answer:
    """Status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Reading:
    """What ``HTTPResponse`` takes for a socket."""

    def __init__(self, file: object) -> None:
        self._file = file

    def makefile(self, mode: str) -> object:
        return _Kept(self._file)


class _Kept:
    """A file that an answer does not close behind it."""

    def __init__(self, file: object) -> None:
        self._file = file

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def close(self) -> None:
        """The connection goes on."""


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A request as it goes over the wire; names of headers with ``_`` for ``-``."""
    lines = [f"POST {path} HTTP/1.1", "Host: here", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def live(
    settings: Settings | None = None,
    store: FlakyDatabase | None = None,
    records: RecordReader | None = None,
    answers: CachedAnswers | None = None,
    messages: Messages | None = None,
) -> Iterator[Live]:
    """A server, stopped at the end."""
    metrics, clock = Metrics(), FakeClock()
    settings = settings or Settings()
    service = site.service(metrics, store, CountingIds(), clock, records=records)
    if answers is not None:
        service.answers = answers
    read_side = None
    if messages is not None:
        read_side = read_side_of(settings, messages, InMemoryStateStore(), clock)
    application = create_asgi_app(
        service,
        settings=settings,
        metrics=metrics,
        clock=clock,
        read_side=read_side,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            application,
            http=HttpConnection,
            log_config=None,
            **UVICORN_OPTIONS,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield Live(listener.getsockname()[1], application, metrics, server.server_state)
        finally:
            server.should_exit = True
            thread.join(SECONDS)
