"""The application as an asynchronous server sees it: Flask behind threads, and the doors beside it.

The server's connections (``app.http.connections``) use the doors by themselves; all others come here
as ASGI (asgi.readthedocs.io, HTTP 2.3). Their bodies are read before a thread is taken, so that no
client can hold one by sending slowly.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from a2wsgi import WSGIMiddleware
from flask import Flask

from app.domain.errors import LogfeedError
from app.domain.reading import Cancellation
from app.http.answers import RETRY_AFTER, to_json
from app.http.gathering import Gathering
from app.http.ingest_door import IngestDoor
from app.http.read_door import ReadDoor
from app.http.reading import CANCELLATION
from app.protocols import problems
from app.protocols.encodings import too_many_bytes
from app.protocols.problems import problem

#: Most bytes of bodies that are read, and most requests on the short way, at a time in one process.
_MOST_BYTES = 268_435_456
_MOST_REQUESTS = 8_192
_READERS = 2
#: Pieces of an answer that wait for its client; those of an export are large.
_WAITING_PIECES = 2
#: Seconds in which a client that takes nothing of its answer is given up.
_MOST_STALLED_SECONDS = 300.0
#: What a request beyond that is told.
TOO_MUCH = "too many requests are being read; send it again later"

_log = structlog.get_logger(__name__)


@dataclass
class Load:
    """What is being received and read now; counted in the event loop's thread only."""

    bytes: int = 0
    requests: int = 0

    def is_too_much(self) -> bool:
        """Whether the next one is to be refused."""
        return self.bytes > _MOST_BYTES or self.requests > _MOST_REQUESTS


class AsgiApplication:
    """ASGI over ``flask``.

    Args:
        threads: requests that Flask, or the door for reads, serve at a time.

    Attributes:
        door: for requests that write.
        reads: for requests that read.
        readers: for bodies that take long to read.
        threads: those that serve.
    """

    def __init__(self, flask: Flask, door: IngestDoor, reads: ReadDoor, threads: int) -> None:
        self.door = door
        self.reads = reads
        self.load = Load()
        self.gathering = Gathering(door)
        self.readers = ThreadPoolExecutor(_READERS, "reader")
        self._flask: Any = WSGIMiddleware(
            flask.wsgi_app,  # type: ignore[arg-type]
            workers=threads,
            send_queue_size=_WAITING_PIECES,
        )
        self.threads: ThreadPoolExecutor = self._flask.executor

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        body = bytearray()
        try:
            is_whole = False
            while not is_whole:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                part = message.get("body", b"")
                body += part
                self.load.bytes += len(part)
                is_whole = not message.get("more_body", False)
                if len(body) > self.door.max_body_bytes:
                    await _refuse(send, 413, too_many_bytes(self.door.max_body_bytes))
                    return
                if part and self.load.is_too_much():
                    await _refuse(send, 429, TOO_MUCH)
                    return

            async def whole() -> dict[str, Any]:
                return {"type": "http.request", "body": bytes(body), "more_body": False}

            await self._serve(scope, receive, whole, send)
        finally:
            self.load.bytes -= len(body)

    async def _serve(self, scope: Any, receive: Any, whole: Any, send: Any) -> None:
        """Serve one request whose body is there, for as long as its client is there."""
        gone = Cancellation()

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.cancel()

        async def send_to_a_reader(message: Any) -> None:
            # An answer without end must not hold its thread for somebody who reads nothing.
            if not gone.is_cancelled:
                try:
                    await asyncio.wait_for(send(message), _MOST_STALLED_SECONDS)
                except TimeoutError:
                    gone.cancel()

        watching = asyncio.create_task(watch())
        try:
            await self._flask({**scope, CANCELLATION: gone}, whole, send_to_a_reader)
        except LogfeedError as error:
            # The answer had begun. The server cuts the connection, so that nobody takes it for whole.
            _log.warning("answer_cut", path=scope["path"], reason=str(error))
        finally:
            watching.cancel()


async def _refuse(send: Any, status: int, detail: str) -> None:
    body = to_json(problem(status, detail))
    headers = [
        (b"content-type", problems.CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        # What is left of the body will not be read.
        (b"connection", b"close"),
    ]
    if status == 429:
        headers.append((b"retry-after", RETRY_AFTER.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
