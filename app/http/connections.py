"""Connections as they are served: the short ways for writes and for reads, and Flask for the rest."""

from contextvars import Context

import structlog

from app.http.protocol import WriteProtocol
from app.http.short_request import ShortRead

_log = structlog.get_logger(__name__)


class Connection(WriteProtocol):
    """One connection; the usual request that reads is answered by a thread, without Flask."""

    def on_headers_complete(self) -> None:
        """The parser has all of a request's head."""
        read = self._application.reads.order(self.parser.get_method(), self.url, self.headers)
        # One that comes before the last was answered takes the long way, where there is a queue.
        if read is None or self._is_busy():
            super().on_headers_complete()
            return
        self._is_in_head = False
        self.cycle = ShortRead(  # type: ignore[assignment]
            self._load, read, self.headers, self.url, keep_alive=self._keeps_alive()
        )

    def on_message_complete(self) -> None:
        """The parser has all of a request."""
        short = self.cycle
        if not isinstance(short, ShortRead):
            super().on_message_complete()
            return
        self._is_receiving = False
        if short.refusal is not None:
            status, detail = short.refusal
            self._respond(short, self._application.reads.refuse(short.read, status, detail))
            return
        body = b"".join(short.body)
        short.forget_body()
        self._application.threads.submit(Context().run, self._answer, short, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; so is whoever waits for its answer."""
        cycle: object = self.cycle
        awaited = cycle if isinstance(cycle, ShortRead) and not cycle.response_complete else None
        super().connection_lost(exc)
        if awaited is not None:
            awaited.cancellation.cancel()

    def _drop(self, short: ShortRead) -> None:
        if not short.response_complete:
            short.end()

    def _answer(self, short: ShortRead, body: bytes) -> None:
        if short.cancellation.is_cancelled:
            self._in_loop(self._drop, short)
            return
        answer = None
        try:
            answer = self._application.reads.answer(short.read, body, short.cancellation)
        except Exception as error:  # noqa: BLE001 - the long way meets it again, tells and logs
            _log.debug("short_way_left", error=type(error).__name__)
        if answer is None:
            self._in_loop(self._go_long_way, short, body)
        else:
            self._in_loop(self._respond, short, answer)
