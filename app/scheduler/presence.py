"""Whether a scheduler is at work over a data folder: told by a lock, which ends with its process."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)


def presence_file(data_dir: Path) -> Path:
    """The file that is locked."""
    return data_dir / "run" / "scheduler.lock"


@contextlib.contextmanager
def present(path: Path) -> Iterator[None]:
    """Be seen at work for the block; that it cannot be told is a warning, and stops no work."""
    descriptor = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        # Shared, as several may be at work over one folder; whoever looks holds it for an instant.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError as error:
        _log.warning("presence_not_shown", path=str(path), reason=str(error))
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def is_present(path: Path) -> bool:
    """Whether one is at work."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
