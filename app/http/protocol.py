"""HTTP/1.1 connections: uvicorn's, with the short way for requests that write (``ingest_door``)."""

import asyncio
import contextlib
import urllib.parse
from functools import partial
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from app.http.answers import to_json
from app.http.asgi import AsgiApplication
from app.http.ingest_door import WireAnswer, Write
from app.protocols import problems
from app.protocols.problems import problem

#: Most bytes of a request line and its headers.
MAX_HEAD_BYTES = 65_536
#: Bodies beyond this are read by a thread, so that others are served meanwhile.
_SMALL_BODY = 32_768
#: Seconds without a byte after which whoever was to send one is taken for dead.
_STALLED_SECONDS = 60.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


#: How uvicorn is to be set up for this protocol.
UVICORN_OPTIONS: dict[str, Any] = {
    "loop": "uvloop",
    "interface": "asgi3",
    "lifespan": "off",
    "ws": "none",
    "server_header": False,
    "proxy_headers": False,
    "access_log": False,
}


class _NobodyWaits:
    def set(self) -> None:
        """Nobody is woken."""


class _ShortRequest:
    """A request on the short way; the base class takes it for one of its own cycles.

    Attributes:
        refusal: why its body is thrown away as it comes, and what it is answered: status and reason.
    """

    def __init__(
        self, write: Write, scope: dict[str, Any], url: bytes, *, keep_alive: bool
    ) -> None:
        self.write = write
        self.scope = scope
        self.url = url
        self.keep_alive = keep_alive
        self.body: list[bytes] = []
        self.size = 0
        self.refusal: tuple[int, str] | None = None
        self.response_complete = False
        self.disconnected = False
        self.message_event = _NobodyWaits()


class WriteProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        application: AsgiApplication = config.loaded_app
        self._application = application
        self._door = application.door
        self._load = application.load
        self._is_in_head = self._is_receiving = False
        self._head_bytes = 0
        self._last_byte = 0.0
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has connected."""
        super().connection_made(transport)
        self._last_byte = self.loop.time()
        self._watch = self.loop.call_later(_STALLED_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what was taken of it goes its way."""
        if self._watch is not None:
            self._watch.cancel()
        cycle = self.cycle
        if isinstance(cycle, _ShortRequest) and self._is_receiving and not cycle.response_complete:
            self._forget_body(cycle)
            self._end(cycle)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        self._last_byte = self.loop.time()
        super().data_received(data)
        if self._is_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                detail = f"the request line and headers have more than {MAX_HEAD_BYTES} bytes"
                self._refuse_connection(431, detail)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse_connection(400, "the request is no HTTP/1.1 that can be read")

    def pause_writing(self) -> None:
        """The client does not read its answers: read no more of its requests."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        self.flow.resume_reading()

    def on_message_begin(self) -> None:
        """The parser has found a request."""
        super().on_message_begin()
        self._is_in_head = self._is_receiving = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """The parser has all of its head."""
        self._is_in_head = False
        # One that comes before the last was answered takes the long way, where there is a queue.
        if self.parser.get_method() == b"POST" and not self._is_busy():
            path, _, query = self.url.partition(b"?")
            headers = dict(self.headers)
            write = self._door.order(path, query, headers)
            if write is not None:
                self._begin_short(write, headers)
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The parser has a part of its body."""
        cycle = self.cycle
        if not isinstance(cycle, _ShortRequest):
            super().on_body(body)
            return
        if cycle.refusal is not None:
            return
        cycle.size += len(body)
        cycle.body.append(body)
        self._load.bytes += len(body)
        if cycle.size > self._door.max_body_bytes:
            self._refuse_body(cycle, 413, self._too_large())
        elif self._load.is_too_much():
            self._refuse_body(cycle, 429, "too many requests are being read; send it again later")

    def on_message_complete(self) -> None:
        """The parser has all of it."""
        self._is_receiving = False
        short = self.cycle
        if not isinstance(short, _ShortRequest):
            super().on_message_complete()
            return
        if short.refusal is not None:
            status, detail = short.refusal
            self._respond(short, self._door.refuse(short.write, status, detail))
        elif short.size <= _SMALL_BODY and not short.write.encoding:
            self._read(short)
        else:
            self._application.readers.submit(self._read_in_thread, short)

    def _is_busy(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _begin_short(self, write: Write, headers: dict[bytes, bytes]) -> None:
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        short = _ShortRequest(write, self.scope, self.url, keep_alive=keep_alive)  # type: ignore[arg-type]
        self.cycle = short  # type: ignore[assignment]
        self._load.requests += 1
        if int(headers.get(b"content-length", b"0")) > self._door.max_body_bytes:
            short.refusal = (413, self._too_large())
        if self.expect_100_continue:
            if short.refusal is None:
                self.transport.write(_CONTINUE)
            else:
                # The client waits for leave to send; its connection cannot be used for another one.
                short.keep_alive = False
                self._respond(short, self._door.refuse(write, *short.refusal))

    def _read(self, short: _ShortRequest) -> None:
        body = b"".join(short.body)
        self._forget_body(short)
        if not self._door.begin(short.write, body, partial(self._answered, short)):
            self._go_long_way(short, body)

    def _read_in_thread(self, short: _ShortRequest) -> None:
        body = b"".join(short.body)
        is_usual = False
        try:
            is_usual = self._door.begin(short.write, body, partial(self._answered, short))
        finally:
            # Also after an unexpected error, which the long way meets again, tells and logs.
            if not is_usual:
                self._in_loop(self._go_long_way, short, body)
            self._in_loop(self._forget_body, short)

    def _answered(self, short: _ShortRequest, answer: WireAnswer) -> None:
        self._in_loop(self._respond, short, answer)

    def _in_loop(self, call: Any, *arguments: Any) -> None:
        # The loop is closed when the process ends and a late answer has nobody left to go to.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(call, *arguments)

    def _respond(self, short: _ShortRequest, answer: WireAnswer) -> None:
        if short.response_complete:
            return
        self._end(short)
        if self.transport.is_closing():
            return
        parts = [STATUS_LINE[answer.status]]
        parts += [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        parts.append(answer.head)
        parts.append(b"\r\n" if short.keep_alive else b"connection: close\r\n\r\n")
        parts.append(answer.body)
        self.transport.write(b"".join(parts))
        if not short.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _end(self, short: _ShortRequest) -> None:
        short.response_complete = True
        self._load.requests -= 1

    def _go_long_way(self, short: _ShortRequest, body: bytes) -> None:
        """Give a request that is not usual to the application, its body included."""
        self._end(short)
        if self.transport.is_closing():
            return
        path, _, query = short.url.partition(b"?")
        scope = short.scope | {
            "method": "POST",
            "path": urllib.parse.unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
        }
        cycle = RequestResponseCycle(
            scope=scope,  # type: ignore[arg-type]
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=short.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body = bytearray(body)
        cycle.more_body = False
        cycle.message_event.set()
        if self.cycle is short:  # type: ignore[comparison-overlap]
            self.cycle = cycle
        self._start_asgi_task(cycle, self.app)

    def _refuse_body(self, short: _ShortRequest, status: int, detail: str) -> None:
        short.refusal = (status, detail)
        self._forget_body(short)

    def _forget_body(self, short: _ShortRequest) -> None:
        self._load.bytes -= sum(map(len, short.body))
        short.body = []

    def _too_large(self) -> str:
        return f"the body has more than {self._door.max_body_bytes} bytes; send smaller batches"

    def _refuse_connection(self, status: int, detail: str) -> None:
        body = to_json(problem(status, detail))
        self.transport.write(
            STATUS_LINE[status]
            + f"content-type: {problems.CONTENT_TYPE}\r\ncontent-length: {len(body)}\r\n"
            "connection: close\r\n\r\n".encode()
            + body
        )
        self.transport.close()

    def _look(self) -> None:
        """End the connection if its client owes us bytes and has sent none for long."""
        if self.transport.is_closing():
            return
        left = self._last_byte + _STALLED_SECONDS - self.loop.time()
        if left <= 0:
            if self._is_receiving or self.cycle is None:
                self.transport.close()
                return
            left = _STALLED_SECONDS
        self._watch = self.loop.call_later(left, self._look)
