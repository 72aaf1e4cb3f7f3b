"""Reservations in a thread of their own, tried again for as long as they fail."""

import threading
from collections.abc import Callable

import structlog

from app.domain.errors import LogfeedError
from app.domain.reserving import Work

_log = structlog.get_logger(__name__)
#: Seconds between an attempt that failed and the next one: at first, and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
#: Seconds that are waited for the end.
_PATIENCE = 5.0
#: Work that wants to be done later than this is looked at in between; waits have an upper bound.
_LONGEST_WAIT = 3_600.0


class InBackground:
    """``Reserving`` for work that may hang: done in one thread, never twice at a time.

    The thread begins when it is first asked for something, so never before a fork.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self.failure: LogfeedError | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._asked = threading.Event()
        self._tried = threading.Event()
        self._closing = threading.Event()
        self._last: Callable[[], None] = lambda: None

    def ask(self) -> bool:
        """Have it done; while attempts fail, the next one is made in its own time."""
        self._asked.set()
        if self._thread is None:
            self._start()
        return False

    def begin(self) -> None:
        """Have it done."""
        self.ask()

    @property
    def is_beginning(self) -> bool:
        """Whether the first attempt is being made."""
        return self._thread is not None and not self._tried.is_set()

    def close(self, last: Callable[[], None]) -> None:
        """End the thread with ``last``; where it hangs, do not wait for it."""
        with self._lock:
            self._last = last
            self._closing.set()
            thread = self._thread
        if thread is not None:
            self._asked.set()
            thread.join(_PATIENCE)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="ids", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        wait: float | None = None
        pause = _FIRST_PAUSE
        while True:
            self._asked.wait(_LONGEST_WAIT if wait is None else min(wait, _LONGEST_WAIT))
            if self._closing.is_set():
                break
            self._asked.clear()
            try:
                wait = self._work()
            except Exception as error:  # noqa: BLE001 - ids are needed again, whatever it was
                self._note(error)
                self._tried.set()
                self._closing.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                self._asked.set()
            else:
                self.failure, pause = None, _FIRST_PAUSE
                self._tried.set()
        try:
            self._last()
        except Exception:  # noqa: BLE001 - the process ends; what is not given back runs out
            _log.exception("not_given_back")

    def _note(self, error: Exception) -> None:
        """Tell the operator, once for each reason."""
        if not isinstance(error, LogfeedError):
            _log.exception("reservation_failed")
            error = LogfeedError("an unexpected error")
        elif str(error) != str(self.failure):
            _log.warning("reservation_waits", reason=str(error))
        self.failure = error
