"""Notices a wall clock that jumped: by a wrong clock nothing is to be deleted."""

from dataclasses import dataclass

from app.domain.instants import NANOS_PER_SECOND
from app.domain.ports import Clock
from retention.ages import MOST_CLOCK_DIFFERENCE

#: How long a clock that jumped and stays there is doubted; time for a person to see it. After that it
#: was set right, or the machine slept.
DOUBTED_FOR = 24 * 3_600 * NANOS_PER_SECOND


@dataclass
class ClockWatch:
    """Compares the wall clock with one that cannot be set.

    One for the life of a process: what it saw the last time is kept in it.

    Args:
        wall: the wall clock.
        steady: nanoseconds since any moment, counted on whatever is done to the wall clock; best one
            that counts while the machine sleeps.
    """

    wall: Clock
    steady: Clock

    def __post_init__(self) -> None:
        self._trusted = self._difference()
        self._jumped_at: int | None = None

    def is_trusted(self) -> bool:
        """Whether the wall clock goes as it went when it was trusted last: at most 5 minutes off.

        A jump is forgotten when the clock is back, or a day later.
        """
        now = self._difference()
        if abs(now - self._trusted) <= MOST_CLOCK_DIFFERENCE:
            # Follows what a clock drifts, and forgets a jump that was taken back.
            self._trusted, self._jumped_at = now, None
            return True
        if self._jumped_at is None:
            self._jumped_at = self.steady()
        if self.steady() - self._jumped_at >= DOUBTED_FOR:
            self._trusted, self._jumped_at = now, None
            return True
        return False

    def _difference(self) -> int:
        return self.wall() - self.steady()
