"""A request on the short way, from its head to its answer."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.domain.reading import Cancellation
from app.http.asgi import Load
from app.http.ingest_door import WireAnswer, Write
from app.http.read_door import Read


class _NobodyWaits:
    def set(self) -> None:
        """Nobody is woken."""


class ShortRequest:
    """uvicorn's protocol takes it for one of its own cycles. Used in the event loop's thread only.

    Attributes:
        body: the parts that have come and are not read yet.
        size: of all that has come of the body, in bytes.
        refusal: why its body is thrown away as it comes, and what it is answered: status and reason.
    """

    __slots__ = (
        "_load",
        "body",
        "disconnected",
        "headers",
        "keep_alive",
        "method",
        "refusal",
        "response_complete",
        "size",
        "url",
    )
    message_event = _NobodyWaits()

    def __init__(
        self,
        load: Load,
        method: str,
        headers: list[tuple[bytes, bytes]],
        url: bytes,
        *,
        keep_alive: bool,
    ) -> None:
        self._load = load
        self.method = method
        self.headers = headers
        self.url = url
        self.keep_alive = keep_alive
        self.body: list[bytes] = []
        self.size = 0
        self.refusal: tuple[int, str] | None = None
        self.response_complete = False
        self.disconnected = False
        load.requests += 1

    def add(self, part: bytes) -> None:
        """A part of the body has come."""
        self.size += len(part)
        self.body.append(part)
        self._load.bytes += len(part)

    def forget_body(self) -> None:
        """Nobody needs what has come of it any more."""
        self._load.bytes -= sum(map(len, self.body))
        self.body = []

    def refuse(self, status: int, detail: str) -> None:
        """Answer this when all of it has come, and throw away what comes."""
        self.refusal = (status, detail)
        self.forget_body()

    def end(self) -> None:
        """It is answered, or others answer it."""
        self.response_complete = True
        self._load.requests -= 1

    def scope(self) -> dict[str, Any]:
        """What the request itself gives to an ASGI scope (ASGI specification, "HTTP & WebSocket")."""
        path, _, query = self.url.partition(b"?")
        return {
            "type": "http",
            "http_version": "1.1" if self.keep_alive else "1.0",
            "headers": self.headers,
            "state": {},
            "method": self.method,
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
        }

    def wire(self, answer: WireAnswer, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """``answer`` as it is sent, with ``headers`` of the server's own."""
        return b"".join(
            [
                STATUS_LINE[answer.status],
                *[b"%b: %b\r\n" % header for header in headers],
                answer.head,
                b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n",
                answer.body,
            ]
        )


class ShortWrite(ShortRequest):
    """One that brings records."""

    __slots__ = ("write",)

    def __init__(
        self,
        load: Load,
        write: Write,
        headers: list[tuple[bytes, bytes]],
        url: bytes,
        *,
        keep_alive: bool,
    ) -> None:
        super().__init__(load, "POST", headers, url, keep_alive=keep_alive)
        self.write = write


class ShortRead(ShortRequest):
    """One that asks for something.

    Attributes:
        cancellation: is told when the client goes.
    """

    __slots__ = ("cancellation", "read")

    def __init__(
        self,
        load: Load,
        read: Read,
        headers: list[tuple[bytes, bytes]],
        url: bytes,
        *,
        keep_alive: bool,
    ) -> None:
        super().__init__(load, read.method, headers, url, keep_alive=keep_alive)
        self.read = read
        self.cancellation = Cancellation()
