"""Waits for what another thread or process is about to do, and never longer than a deadline."""

import threading
import time
from collections.abc import Callable

#: Far more than anything here takes: it ends a wait that will never end, and decides nothing else.
DEADLINE = 120.0


def eventually(condition: Callable[[], object], what: str, within: float = DEADLINE) -> None:
    """Return as soon as ``condition`` holds; fail if it does not before the deadline."""
    until = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < until, f"waited {within:.0f} s in vain: {what}"
        pause.wait(0.02)
