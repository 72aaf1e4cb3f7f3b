"""Tries again until those whom the start needs are there."""

import threading
from collections.abc import Callable

import structlog

from app.domain.errors import LogfeedError

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0


def until_done(step: Callable[[], None], stopping: threading.Event) -> None:
    """Call ``step`` until it raises nothing, or until ``stopping``."""
    pause = _FIRST_PAUSE
    while not stopping.is_set():
        try:
            step()
        except LogfeedError as error:
            _log.warning("waiting", reason=str(error))
        else:
            return
        stopping.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
