"""What must be reserved before ids can be made, apart from making them.

Making an id must never wait for the network: the event loop does it. So a generator only asks for what
it will need, and somebody else sees to that.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

from app.domain.errors import LogfeedError

#: Reserves what is needed, if anything is; returns the seconds after which it wants to be called again
#: without being asked, None: not before it is asked. Raises ``LogfeedError`` where it cannot be done.
Work: TypeAlias = Callable[[], float | None]


class Reserving(Protocol):
    """Does a generator's work when it is asked to.

    Attributes:
        failure: why the last attempt failed; None if it did not.
    """

    failure: LogfeedError | None

    @property
    def is_beginning(self) -> bool:
        """Whether the first attempt is being made."""
        ...

    def ask(self) -> bool:
        """See to it that the work is done soon, or again if it is being done; whether it is done now."""
        ...

    def begin(self) -> None:
        """Ask ahead of the first need."""
        ...

    def close(self, last: Callable[[], None]) -> None:
        """Do the work no more; ``last`` is done instead, if anything was ever asked for."""
        ...


class AtOnce:
    """For work that nobody waits for, a file lock for example: it is done by whoever asks."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._lock = threading.Lock()
        self.failure: LogfeedError | None = None
        self.is_beginning = False

    def ask(self) -> bool:
        """Do it."""
        with self._lock:
            try:
                self._work()
            except LogfeedError as error:
                self.failure = error
            else:
                self.failure = None
            return self.failure is None

    def begin(self) -> None:
        """Nothing needs to be done before it is asked for."""

    def close(self, last: Callable[[], None]) -> None:
        """Do ``last``."""
        with self._lock, contextlib.suppress(LogfeedError):
            last()
