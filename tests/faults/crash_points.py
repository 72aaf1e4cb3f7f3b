"""Named points at which a process of the API kills itself, and all of its group, with SIGKILL.

``crashing/sitecustomize.py`` installs them in every process that has ``CRASH_AT`` in its environment:
the product knows nothing of them.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.stores.write_ahead_log import checkpoint
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.limits import LogLimits
from app.stores.write_ahead_log.log import WriteAheadLog
from app.stores.write_ahead_log.writer import Logged

POINTS = (
    "write:before",
    "write:half",
    "write:after",
    "fsync:before",
    "fsync:after",
    "ack:before",
    "ack:after",
    "checkpoint:before",
    "checkpoint:after",
    "unlink:before",
    "unlink:after",
)

#: Segments so small that they are finished, and go, all the time.
_SEGMENT_BYTES = 16 * 1024

FOLDER = Path(__file__).parent / "crashing"


def environment(point: str, passage: int, note: Path) -> dict[str, str]:
    """What makes an API end when ``point`` is reached so many times; ``note`` gets its name then."""
    path = os.pathsep.join([str(FOLDER), str(Path(__file__).parents[2])])
    return {
        "PYTHONPATH": path,
        "CRASH_AT": point,
        "CRASH_PASSAGE": str(passage),
        "CRASH_NOTE": str(note),
    }


class _Crash:
    def __init__(self, point: str, passage: int, note: Path) -> None:
        self._point = point
        self._left = passage
        self._note = note

    def reach(self, point: str) -> bool:
        """Whether ``point`` is the one, for the last time before the end."""
        if point == self._point:
            self._left -= 1
        return point == self._point and self._left <= 0

    def end(self) -> None:
        self._note.write_text(self._point, encoding="ascii")
        os.killpg(0, signal.SIGKILL)

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """Make ``call``, with a point before and one after it."""
        if self.reach(f"{name}:before"):
            self.end()
        result = call()
        if self.reach(f"{name}:after"):
            self.end()
        return result


def install(point: str, passage: int, note: Path) -> None:
    """Put the points into this process."""
    crash = _Crash(point, passage, note)
    write, fdatasync, rename, unlink = Files.write, Files.fdatasync, Files.rename, Files.unlink
    append_then = WriteAheadLog.append_then

    def crashing_write(self: Files, descriptor: int, data: memoryview, offset: int) -> int:
        if not _is_segment(descriptor) or not offset:  # the header of a segment is no record
            return write(self, descriptor, data, offset)
        if crash.reach("write:half"):
            write(self, descriptor, data[: len(data) // 2], offset)
            crash.end()
        return int(crash.around("write", lambda: write(self, descriptor, data, offset)))

    def crashing_sync(self: Files, descriptor: int) -> None:
        if _is_segment(descriptor):
            crash.around("fsync", lambda: fdatasync(self, descriptor))
        else:
            fdatasync(self, descriptor)

    def crashing_rename(self: Files, source: Path, target: Path) -> None:
        if target.name == checkpoint.NAME:
            crash.around("checkpoint", lambda: rename(self, source, target))
        else:
            rename(self, source, target)

    def crashing_unlink(self: Files, path: Path) -> None:
        if path.suffix == ".wal":
            crash.around("unlink", lambda: unlink(self, path))
        else:
            unlink(self, path)

    def crashing_append(self: WriteAheadLog, payload: bytes, then: Logged) -> None:
        append_then(
            self, payload, lambda lsn, refusal: crash.around("ack", lambda: then(lsn, refusal))
        )

    for owner, name, crashing in (
        (Files, "write", crashing_write),
        (Files, "fdatasync", crashing_sync),
        (Files, "rename", crashing_rename),
        (Files, "unlink", crashing_unlink),
        (WriteAheadLog, "append_then", crashing_append),
        (LogLimits, "roll_bytes", property(lambda self: _SEGMENT_BYTES)),
    ):
        setattr(owner, name, crashing)


def _is_segment(descriptor: int) -> bool:
    return Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".wal"
