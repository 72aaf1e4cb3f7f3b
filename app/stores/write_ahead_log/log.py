"""The write-ahead log: payloads are durable when ``append`` returns, and stay until they are finished.

A folder belongs to one log at a time, by a lock that the kernel frees when the process ends, however
it ends; another process then adopts what is in it. Make a log after a fork, never before: threads
do not survive one, and the lock would be held by both sides.
"""

import contextlib
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock

from app.stores.write_ahead_log import checkpoint, damage, ownership
from app.stores.write_ahead_log.appender import Appender
from app.stores.write_ahead_log.errors import LogFullError, LogUnavailableError
from app.stores.write_ahead_log.files import REAL_FILES, Files
from app.stores.write_ahead_log.limits import LogLimits
from app.stores.write_ahead_log.moving import Mover
from app.stores.write_ahead_log.reader import Reader
from app.stores.write_ahead_log.recovery import recover
from app.stores.write_ahead_log.room import Room
from app.stores.write_ahead_log.segments import Segments
from app.stores.write_ahead_log.statistics import LogStatistics
from app.stores.write_ahead_log.writer import Logged, Writer

__all__ = [
    "LogFullError",
    "LogLimits",
    "LogStatistics",
    "LogUnavailableError",
    "Logged",
    "WriteAheadLog",
    "adopt_orphans",
    "open_own",
]

#: A new folder can be taken for an orphan, and removed, before its maker has locked it.
_ATTEMPTS = 5

_logger = logging.getLogger(__name__)


class WriteAheadLog:
    """A log in ``folder``; every method may be called from any thread.

    Args:
        folder: made if it is missing; nobody else may write there.
        limits: how much it may take.
        files: the operating system.
        allow_volatile: also on a file system that is lost with the machine or the container.
        group_told: called by the thread that writes when all whose payloads were made durable together
            have been told; must be quick.

    Raises:
        LogUnavailableError: another process has the folder, it is on a volatile file system, or it
            cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        limits: LogLimits = LogLimits(),  # noqa: B008 - frozen
        files: Files = REAL_FILES,
        allow_volatile: bool = False,
        group_told: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder = folder
        self._files = files
        self._tidying = Lock()
        self._is_closed = False
        self._failed_checkpoints = 0
        self._lock = ownership.take(folder, files, allow_volatile=allow_volatile)
        try:
            files.sync_folder(folder.parent)
            found = recover(folder, files)
        except OSError as error:
            self._unlock()
            raise LogUnavailableError(f"the log {folder} cannot be read: {error}") from error
        self._damaged_records = found.damaged_records
        self._torn_tails = found.torn_tails
        self._first_own_lsn = found.next_lsn
        self._segments = Segments(found.segments, found.accepted, found.next_lsn)
        self._reader = Reader(files)
        self._tidy()
        appender = self._appender = Appender(folder, limits, files, self._segments)
        mover = Mover(self._segments, appender, self._reader)
        room = Room(folder, limits, files, self._segments, appender, mover, self._tidy)
        self._writer = Writer(folder, limits, files, appender, room, group_told)

    def append(self, payload: bytes) -> int:
        """Make ``payload`` durable; answers its log sequence number, greater than all before it.

        Raises:
            LogFullError: the bound is reached; there is room once records have been finished.
            LogUnavailableError: the payload is not durable, and does not count as accepted.
        """
        return self._writer.append(payload)

    def append_then(self, payload: bytes, then: Logged) -> None:
        """``append`` without waiting: ``then`` is called once with the LSN, or with the refusal.

        It is called by the thread that writes the log, so it must be quick.
        """
        self._writer.append_then(payload, then)

    def read(self, lsn: int) -> bytes:
        """The payload of an unfinished record.

        Raises:
            LookupError: it is finished, was never there, or was damaged: it will never come back.
            LogUnavailableError: it cannot be read now.
        """
        while place := self._segments.find(lsn):
            segment, record = place
            try:
                data, payload = self._reader.read(segment, record)
            except OSError as error:
                raise LogUnavailableError(f"the log cannot be read: {error}") from error
            if payload is not None:
                return payload
            # Else it was moved meanwhile, and its segment may have gone.
            if self._segments.finish_in(segment, lsn):
                self._damaged_records += 1
                damage.set_aside(segment, data, record.offset, self._files)
                raise LookupError(f"record {lsn} was damaged")
        raise LookupError(f"record {lsn} is not in the log")

    def size(self, lsn: int) -> int:
        """Bytes of the payload of an unfinished record; 0 if it is not one."""
        place = self._segments.find(lsn)
        return place[1].length if place else 0

    def unfinished(self) -> list[int]:
        """The LSNs of the records that were there at the start and are not finished, oldest first.

        Some may have been finished before a crash, as the checkpoint is not written each time.
        """
        return list(self.unfinished_behind(0))

    def unfinished_behind(self, lsn: int) -> Iterator[int]:
        """Those of ``unfinished`` that are greater than ``lsn``, without having all in memory."""
        return self._segments.unfinished(below=self._first_own_lsn, behind=lsn)

    def finish(self, lsns: Iterable[int]) -> None:
        """These records are not needed any more, in any order; unknown ones are passed over."""
        self._segments.finish(list(lsns))
        self._tidy()

    def statistics(self) -> LogStatistics:
        """What it holds now."""
        pending_records, pending_bytes = self._segments.pending()
        return LogStatistics(
            pending_records=pending_records,
            pending_bytes=pending_bytes,
            disk_bytes=self._segments.disk_bytes(),
            waiting=self._writer.waiting,
            groups=self._appender.groups,
            moved_records=self._segments.moved_records,
            damaged_records=self._damaged_records,
            torn_tails=self._torn_tails,
            failed_syncs=self._appender.failed_syncs,
            failed_checkpoints=self._failed_checkpoints,
            is_writable=self._writer.is_writable,
        )

    def close(self) -> None:
        """Write what is queued, remember what is finished, give the folder back; twice is harmless."""
        self._writer.stop()
        with self._tidying:
            if self._is_closed:
                return
            self._is_closed = True
            self._let_go()
            self._reader.forget()
            self._unlock()

    def remove(self) -> None:
        """Close the log and remove its folder; what was damaged is kept in ``damaged/`` beside it.

        Raises:
            LogUnavailableError: a record is not finished, or a file cannot be removed.
        """
        self._writer.stop()
        with self._tidying:
            if self._segments.pending()[0]:
                raise LogUnavailableError(f"the log {self.folder} has unfinished records")
            if self._is_closed:
                raise LogUnavailableError(f"the log {self.folder} is closed")
            self._is_closed = True
            self._reader.forget()
            try:
                for segment in self._segments.finished():
                    damage.remove_file(segment, self._files)
                ownership.remove(self.folder, self._files)
            except OSError as error:
                raise LogUnavailableError(f"{self.folder} cannot be removed: {error}") from error
            finally:
                self._unlock()

    def _tidy(self) -> None:
        """Let finished segments go; never raises, as it is tried again the next time."""
        with self._tidying:
            if not self._is_closed and self._segments.finished():
                self._let_go()

    def _let_go(self) -> None:
        going = self._segments.finished()
        try:
            # First: without the segments only the checkpoint knows which LSNs were given out.
            checkpoint.save(self._segments.checkpoint(), self.folder, self._files)
            for segment in going:
                self._reader.forget(segment)
                damage.remove_file(segment, self._files)
                self._segments.remove(segment)
            if going:
                self._files.sync_folder(self.folder)
        except OSError as error:
            self._failed_checkpoints += 1
            _logger.warning("finished records of %s are kept for now: %s", self.folder, error)

    def _unlock(self) -> None:
        with contextlib.suppress(OSError):
            self._files.close(self._lock)


def open_own(
    parent: Path,
    limits: LogLimits = LogLimits(),  # noqa: B008 - frozen
    files: Files = REAL_FILES,
    allow_volatile: bool = False,
    group_told: Callable[[], None] = lambda: None,
) -> WriteAheadLog:
    """A new log in a folder of its own under ``parent``; see ``WriteAheadLog``.

    Raises:
        LogUnavailableError: it cannot be made.
    """

    def open_one() -> WriteAheadLog:
        return WriteAheadLog(parent / str(uuid.uuid4()), limits, files, allow_volatile, group_told)

    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(LogUnavailableError):
            return open_one()
    return open_one()


def adopt_orphans(
    parent: Path,
    limits: LogLimits = LogLimits(),  # noqa: B008 - frozen
    files: Files = REAL_FILES,
    allow_volatile: bool = False,
) -> list[WriteAheadLog]:
    """The logs under ``parent`` whose owners are gone and that hold unfinished records, now ours.

    Those that hold nothing are removed. Whoever has finished one calls its ``remove``. A folder that
    cannot be opened is passed over: it is tried again at the next call.
    """
    adopted = []
    try:
        names = sorted(files.names(parent))
    except OSError as error:
        _logger.warning("no orphans can be looked for in %s: %s", parent, error)
        return []
    for name in names:
        try:
            if not ownership.is_log(parent / name, files):
                continue
            log = WriteAheadLog(parent / name, limits, files, allow_volatile)
        except (OSError, LogUnavailableError) as error:
            _logger.debug("%s is not adopted: %s", parent / name, error)
            continue
        if log.statistics().pending_records:
            adopted.append(log)
            continue
        with contextlib.suppress(LogUnavailableError):
            log.remove()
    return adopted
