"""When a region compares its records with those of a peer."""

import threading
from collections.abc import Callable
from time import monotonic

import structlog

from app.domain.errors import LogfeedError
from app.domain.ports import Clock

_log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
#: Seconds until a comparison that failed is tried again.
_AGAIN_SECONDS = 10.0
#: Seconds after the start at which the first one is made.
_FIRST_SECONDS = 5.0
#: Seconds after which comparisons follow on a change of the master: what the old one still had under way
#: when it heard of the new one comes late.
_AFTER_A_CHANGE = (0.0, 10.0, 60.0)


class Comparing:
    """Compares at an interval, and soon after a change; ``run`` is for a thread of its own, as it may
    take long and copying must go on meanwhile.

    Args:
        compare: compares, with the hours that are still open if told to, and returns how many records it
            has copied.
        interval: seconds between two comparisons.
        starts_with_open: the first one includes the hours that are open.

    Attributes:
        is_wanted: there is something to compare with; set by whoever knows.
        repaired: records copied.
        repaired_at: when the last comparison ended, nanoseconds since the epoch; 0 before.
    """

    def __init__(
        self,
        compare: Callable[[bool], int],
        clock: Clock,
        *,
        interval: float,
        starts_with_open: bool,
    ) -> None:
        self._compare = compare
        self._clock = clock
        self._interval = interval
        self._lock = threading.Lock()
        self._due = [(monotonic() + _FIRST_SECONDS, starts_with_open)]
        self.is_wanted = False
        self.repaired = 0
        self.repaired_at = 0

    def soon(self) -> None:
        """The master has changed."""
        now = monotonic()
        with self._lock:
            self._due += [(now + later, True) for later in _AFTER_A_CHANGE]

    def run(self, stopping: threading.Event) -> None:
        """Go on until ``stopping``."""
        while not stopping.wait(_POLL_SECONDS):
            if self.is_wanted:
                self.step()

    def step(self) -> None:
        """Compare if it is time."""
        now = monotonic()
        with self._lock:
            due = [item for item in self._due if item[0] <= now]
            self._due = [item for item in self._due if item not in due]
        if not due:
            return
        with_open = any(is_open for _, is_open in due)
        try:
            self.repaired += self._compare(with_open)
            self.repaired_at = self._clock()
        except LogfeedError as error:
            _log.info("not_compared", reason=str(error))
            self._next(_AGAIN_SECONDS, with_open=with_open)
        except Exception:  # noqa: BLE001 - told, and tried again
            _log.exception("comparison_failed")
            self._next(_AGAIN_SECONDS, with_open=with_open)
        else:
            self._next(self._interval, with_open=False)

    def _next(self, later: float, *, with_open: bool) -> None:
        with self._lock:
            if not self._due or with_open:
                self._due.append((monotonic() + later, with_open))
