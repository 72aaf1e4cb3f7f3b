"""A clock that never goes back and goes on while the machine sleeps."""

import time


def steady_clock() -> float:
    """Seconds from some moment on.

    Where the system has no such clock, it is one that stops during sleep; a lease stays safe, as its
    guard asks the shared state each time.
    """
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
