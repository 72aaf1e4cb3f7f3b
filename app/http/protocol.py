"""HTTP/1.1 connections: uvicorn's, with the short way for requests that write (``ingest_door``)."""

import asyncio
import contextlib
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
from app.http.asgi import TOO_MUCH, AsgiApplication
from app.http.gathering import Single
from app.http.ingest_door import WireAnswer, Write
from app.http.short_request import ShortRequest, ShortWrite
from app.protocols import problems
from app.protocols.encodings import too_many_bytes
from app.protocols.problems import problem

#: Most bytes of a request line and its headers.
MAX_HEAD_BYTES = 65_536
#: Bodies beyond this are read by a thread, so that others are served meanwhile.
_SMALL_BODY = 32_768
#: Seconds after which a client that is to send something, a request or the rest of one, is taken for
#: dead. Longer than the idle time of common clients, so that they close first.
_IDLE_SECONDS = 75.0
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


def _expects_leave(headers: dict[bytes, bytes]) -> bool:
    return headers.get(b"expect", b"").lower() == b"100-continue"


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
        self._watch = self.loop.call_later(_IDLE_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; what was taken of it goes its way."""
        if self._watch is not None:
            self._watch.cancel()
        cycle = self.cycle
        if isinstance(cycle, ShortRequest) and self._is_receiving and not cycle.response_complete:
            cycle.forget_body()
            cycle.end()
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
        # What the base class makes here, only the long way needs: see `_make_scope`.
        self.url = b""
        self.headers = []
        self._is_in_head = self._is_receiving = True
        self._head_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has one of its headers."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The parser has all of its head."""
        self._is_in_head = False
        # One that comes before the last was answered takes the long way, where there is a queue.
        if self.parser.get_method() == b"POST" and not self._is_busy():
            headers = dict(self.headers)
            # Of a header that comes twice only one would be seen here; the long way sees both.
            is_usual = len(headers) == len(self.headers)
            write = self._door.order(self.url, headers) if is_usual else None
            if write is not None:
                self._begin_short(write, headers)
                return
        self._make_scope()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """The parser has a part of its body."""
        cycle = self.cycle
        if not isinstance(cycle, ShortRequest):
            super().on_body(body)
            return
        if cycle.refusal is not None:
            return
        cycle.add(body)
        if cycle.size > self._door.max_body_bytes:
            cycle.refuse(413, self._too_large())
        elif self._load.is_too_much():
            cycle.refuse(429, TOO_MUCH)

    def on_message_complete(self) -> None:
        """The parser has all of it."""
        self._is_receiving = False
        short = self.cycle
        if not isinstance(short, ShortWrite):
            super().on_message_complete()
            return
        if short.refusal is not None:
            status, detail = short.refusal
            self._respond(short, self._door.refuse(short.write, status, detail))
        elif short.size <= _SMALL_BODY and short.write.is_single:
            body = b"".join(short.body)
            short.forget_body()
            self._application.gathering.add(
                self.loop,
                Single(
                    short.write,
                    body,
                    partial(self._respond, short),
                    partial(self._go_long_way, short, body),
                ),
            )
        else:
            self._application.readers.submit(self._read_in_thread, short)

    def _is_busy(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is not None and not cycle.response_complete

    def _make_scope(self) -> None:
        """What the base class makes at the beginning of a message."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url, self.headers = url, headers
        self.scope["headers"] = headers
        self.expect_100_continue = _expects_leave(dict(headers))

    def _keeps_alive(self) -> bool:
        return self.parser.get_http_version() != "1.0" and bool(self.parser.should_keep_alive())

    def _begin_short(self, write: Write, headers: dict[bytes, bytes]) -> None:
        keep_alive = self._keeps_alive()
        short = ShortWrite(self._load, write, self.headers, self.url, keep_alive=keep_alive)
        self.cycle = short  # type: ignore[assignment]
        if int(headers.get(b"content-length", b"0")) > self._door.max_body_bytes:
            short.refusal = (413, self._too_large())
        if _expects_leave(headers):
            if short.refusal is None:
                self.transport.write(_CONTINUE)
            else:
                # The client waits for leave to send; its connection cannot be used for another one.
                short.keep_alive = False
                self._respond(short, self._door.refuse(write, *short.refusal))

    def _read_in_thread(self, short: ShortWrite) -> None:
        body = b"".join(short.body)
        is_usual = False
        try:
            is_usual = self._door.take(short.write, body, partial(self._answered, short))
        finally:
            # Also after an unexpected error, which the long way meets again, tells and logs.
            if not is_usual:
                self._in_loop(self._go_long_way, short, body)
            self._in_loop(short.forget_body)

    def _answered(self, short: ShortRequest, answer: WireAnswer) -> None:
        self._in_loop(self._respond, short, answer)

    def _in_loop(self, call: Any, *arguments: Any) -> None:
        # The loop is closed when the process ends and a late answer has nobody left to go to.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(call, *arguments)

    def on_response_complete(self) -> None:
        """An answer was sent; the next request of the connection may be waiting."""
        if self.pipeline:
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        # `_look` ends connections that nobody uses.
        if not self.flow.write_paused:
            self.flow.resume_reading()

    def _respond(self, short: ShortRequest, answer: WireAnswer) -> None:
        if short.response_complete:
            return
        short.end()
        if self.transport.is_closing():
            return
        self.transport.write(short.wire(answer, self.server_state.default_headers))
        if not short.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _go_long_way(self, short: ShortRequest, body: bytes) -> None:
        """Give a request that is not usual to the application, its body included."""
        short.end()
        if self.transport.is_closing():
            return
        scope = short.scope() | {
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
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

    def _too_large(self) -> str:
        return too_many_bytes(self._door.max_body_bytes)

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
        """End the connection if its client has sent nothing for long."""
        if self.transport.is_closing():
            return
        left = self._last_byte + _IDLE_SECONDS - self.loop.time()
        if left <= 0:
            # Idle, or in the middle of a request; not while it is we who let the client wait.
            if self._is_receiving or not self._is_busy():
                self.transport.close()
                return
            left = _IDLE_SECONDS
        self._watch = self.loop.call_later(left, self._look)
