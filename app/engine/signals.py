"""The signals that ask for an end."""

import contextlib
import signal
from collections.abc import Callable, Iterator

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def on_ending_signal(handler: Callable[[], None]) -> Iterator[None]:
    """Call ``handler`` on SIGINT, SIGTERM and SIGHUP during the block; in the main thread only.

    A signal that is ignored stays ignored: ``nohup`` and shells in the background ask for that.
    """
    previous = {
        number: signal.signal(number, lambda *_: handler())
        for number in _ENDING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)
