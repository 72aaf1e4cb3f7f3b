"""A lock between processes: a file that one of them holds until it ends, however it ends."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, when_taken: Callable[[], None]) -> Iterator[None]:
    """Hold the lock ``path`` for the block.

    ``when_taken`` is called if another process holds it: it raises to give up, or returns to wait.
    The file stays behind: removing it would let two processes lock two different files.

    Raises:
        OSError: the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            when_taken()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
