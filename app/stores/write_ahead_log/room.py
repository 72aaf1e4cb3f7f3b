"""How much a log may still grow, and what is done when that becomes little."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.stores.write_ahead_log.appender import Appender
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.limits import LogLimits
from app.stores.write_ahead_log.moving import Mover
from app.stores.write_ahead_log.records import SEGMENT_HEADER_BYTES
from app.stores.write_ahead_log.segments import Segments


class Left(NamedTuple):
    """Bytes that the log may still grow by, and those that the disk may."""

    log: int
    disk: int


class Room:
    """For the thread that writes.

    Args:
        let_go: lets finished segments go.
    """

    def __init__(
        self,
        folder: Path,
        limits: LogLimits,
        files: Files,
        segments: Segments,
        appender: Appender,
        mover: Mover,
        let_go: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._files = files
        self._segments = segments
        self._appender = appender
        self._mover = mover
        self._let_go = let_go

    def left(self) -> Left:
        """What is left now."""
        header = 0 if self._appender.is_open else SEGMENT_HEADER_BYTES
        return Left(
            self._limits.most_bytes - self._segments.disk_bytes() - header,
            self._files.free_bytes(self._folder) - self._limits.free_bytes - header,
        )

    def make(self, size: int) -> Left:
        """Make room for ``size`` bytes if there is too little; answers what is left then."""
        left = self.left()
        if min(left) < size:
            self._appender.close_if_finished()
            self._let_go()
            left = self.left()
        # A little with each group before there is too little, so that none waits for all of it. It may
        # go beyond the bounds by a segment: twice as much becomes free by it.
        segment = self._limits.roll_bytes
        while min(left) < size + segment and self._mover.move_some(min(left) + segment):
            self._let_go()
            left = self.left()
            if min(left) >= size:
                break
        return left
