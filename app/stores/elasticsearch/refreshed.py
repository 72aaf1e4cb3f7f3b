"""A value that others change, read anew again and again, mostly while nobody waits for it."""

import contextlib
import threading
from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

from app.domain.errors import LogfeedError

T = TypeVar("T")


class Refreshed(Generic[T]):
    """What ``read`` found, a few seconds ago at most.

    Up to ``fresh`` seconds after it was read it is given as it is. Up to ``stale`` seconds it is given,
    too, and read anew in the background. Whoever comes later waits.

    Args:
        first: what it is before it was read.
        read: raises ``LogfeedError`` where it cannot be read now.
        now: seconds of a clock that never goes back.

    Attributes:
        last: what was read last, however long ago; asks nobody.
    """

    def __init__(
        self,
        first: T,
        read: Callable[[], T],
        *,
        fresh: float,
        stale: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.last = first
        self._read = read
        self._fresh, self._stale = fresh, stale
        self._now = now
        self._lock = threading.Lock()
        # Readings have numbers: one that began before another, or before `forget`, counts for nothing.
        self._begun = self._least = 0
        self._last_number = 0
        self._read_at: float | None = None
        self._is_refreshing = False

    def get(self) -> T:
        """The value.

        Raises:
            LogfeedError: it is too old, and cannot be read now.
        """
        with self._lock:
            if self._read_at is not None:
                age = self._now() - self._read_at
                if age < self._stale:
                    value = self.last
                    if age < self._fresh or self._is_refreshing:
                        return value
                    self._is_refreshing = True
                    self._start()
                    return value
        return self._read_now()

    @property
    def is_fresh(self) -> bool:
        """Whether ``last`` was read within ``fresh`` seconds; asks nobody and waits for nobody."""
        read_at = self._read_at
        return read_at is not None and self._now() - read_at < self._fresh

    def renew(self) -> T:
        """What is read now, however fresh the value is.

        Raises:
            LogfeedError: it cannot be read.
        """
        return self._read_now()

    def refresh(self) -> None:
        """Read it anew in the background."""
        with self._lock:
            if not self._is_refreshing:
                self._is_refreshing = True
                self._start()

    def forget(self) -> None:
        """Whoever asks next waits for what is read then."""
        with self._lock:
            self._read_at = None
            self._least = self._begun + 1

    def _start(self) -> None:
        threading.Thread(target=self._refresh, name="refresh", daemon=True).start()

    def _refresh(self) -> None:
        try:
            with contextlib.suppress(LogfeedError):  # the next time, then
                self._read_now()
        finally:
            with self._lock:
                self._is_refreshing = False

    def _read_now(self) -> T:
        with self._lock:
            self._begun += 1
            number, began = self._begun, self._now()
        value = self._read()
        with self._lock:
            if number > self._last_number:
                self.last, self._last_number = value, number
                if number >= self._least:
                    self._read_at = began
        return value
