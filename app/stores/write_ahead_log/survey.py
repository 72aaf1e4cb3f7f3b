"""Looks at the logs of this machine from outside: takes none over and changes nothing."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from app.domain.instants import NANOS_PER_SECOND
from app.domain.left_logs import DamagedFile, LeftLog, LogSurvey
from app.domain.ports import Clock
from app.stores.write_ahead_log import damage, ownership
from app.stores.write_ahead_log.files import REAL_FILES
from app.stores.write_ahead_log.segments import first_lsn_of

#: Seconds since the last change within which a log is left alone: its owner may be about to lock it.
_YOUNG_SECONDS = 30.0


def survey(parent: Path, clock: Clock) -> LogSurvey:
    """What lies under ``parent``, the folder of the logs of all processes."""
    now = clock() / NANOS_PER_SECOND
    if not parent.is_dir():
        return LogSurvey()
    left = [log for folder in _folders(parent) if (log := _left_log(folder, now)) is not None]
    return LogSurvey(left, list(_damaged(parent, now)))


def remove_damaged(file: DamagedFile) -> None:
    """Delete it, and the folder that it was the last one in; it may have gone already."""
    with contextlib.suppress(FileNotFoundError):
        file.path.unlink()
    # A log that was removed has a folder in damaged/, which is of no more use then.
    if file.path.parent.parent.name == damage.FOLDER_NAME:
        with contextlib.suppress(OSError):
            file.path.parent.rmdir()


def _folders(parent: Path) -> list[Path]:
    found = []
    for folder in sorted(parent.iterdir()):
        with contextlib.suppress(OSError):
            if ownership.is_log(folder, REAL_FILES):
                found.append(folder)
    return found


def _left_log(folder: Path, now: float) -> LeftLog | None:
    """The log if nobody has it; one that goes while it is looked at is none."""
    try:
        files = [path for path in folder.iterdir() if first_lsn_of(path.name) is not None]
        found = [path.stat() for path in files]
        idle = now - max([file.st_mtime for file in found] + [folder.stat().st_mtime])
        if not found or idle < _YOUNG_SECONDS or not _is_free(folder / ownership.LOCK_NAME):
            return None
    except OSError:
        return None
    return LeftLog(folder, sum(file.st_size for file in found), idle)


def _is_free(lock: Path) -> bool:
    """Whether nobody holds it; held for an instant, by sharing, to find that out."""
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _damaged(parent: Path, now: float) -> Iterator[DamagedFile]:
    places = [parent / damage.FOLDER_NAME, *parent.glob(f"*/{damage.FOLDER_NAME}")]
    for path in dict.fromkeys(path for place in places for path in place.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                about = path.stat()
                yield DamagedFile(path, about.st_size, now - about.st_mtime)
