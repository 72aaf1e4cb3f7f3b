"""The one thread that writes: whatever queued while the last sync ran is one write and one sync.

No timer: a group forms while the one before it is written.
"""

import errno
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import TypeAlias

from app.stores.write_ahead_log.appender import Appender
from app.stores.write_ahead_log.errors import LogFullError, LogUnavailableError
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.limits import LogLimits
from app.stores.write_ahead_log.records import MOST_PAYLOAD_BYTES, RECORD_HEADER_BYTES
from app.stores.write_ahead_log.room import Room

_GROUP_BYTES = 4 * 1024 * 1024
#: What a queued append takes in memory beside its payload, with what is to be told, in bytes, about.
_BESIDE_PAYLOAD = 1536
#: Failures in a row after which nothing is tried for a while.
_FAILURES_TO_STOP = 2
_PROBE_SECONDS = 5.0
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

#: Is told the LSN of a payload that is durable, or why it is not; by the thread that writes, so it must
#: be quick.
Logged: TypeAlias = Callable[[int, LogUnavailableError | None], None]

_RESTING = "the disk of the log has failed again and again; nothing is accepted for now"

_logger = logging.getLogger(__name__)


class _Waiter:
    """A payload on its way to the disk, and who is to be told."""

    __slots__ = ("_then", "is_probe", "lsn", "payload", "refusal", "size")

    def __init__(self, payload: bytes, then: Logged) -> None:
        self.payload = payload
        self.size = RECORD_HEADER_BYTES + len(payload)
        self.lsn = 0
        self.is_probe = False
        self.refusal: LogUnavailableError | None = None
        self._then = then

    @property
    def memory(self) -> int:
        """Bytes that it takes while it is queued, about."""
        return len(self.payload) + _BESIDE_PAYLOAD

    def settle(self) -> None:
        try:
            self._then(self.lsn, self.refusal)
        except Exception:
            # Whoever is told may fail, the others of the group are told all the same.
            _logger.exception("what follows a logged record has failed")


class _Answer:
    """Holds a thread until its payload is settled."""

    def __init__(self) -> None:
        self._lsn = 0
        self._refusal: LogUnavailableError | None = None
        self._is_settled = Lock()
        self._is_settled.acquire()

    def __call__(self, lsn: int, refusal: LogUnavailableError | None) -> None:
        self._lsn, self._refusal = lsn, refusal
        self._is_settled.release()

    def wait(self) -> int:
        self._is_settled.acquire()
        if self._refusal:
            raise self._refusal
        return self._lsn


class Writer:
    """The queue before the log, and the thread that empties it.

    Args:
        group_told: called when all of a group have been told.
    """

    def __init__(
        self,
        folder: Path,
        limits: LogLimits,
        files: Files,
        appender: Appender,
        room: Room,
        group_told: Callable[[], None],
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._files = files
        self._appender = appender
        self._room = room
        self._group_told = group_told
        self._failures = 0
        self._probe_at = 0.0
        self._queue: deque[_Waiter] = deque()
        self._queued_bytes = 0
        self._changed = Condition()
        self._is_stopped = False
        self._thread = Thread(target=self._run, name=f"log-{folder.name}", daemon=True)
        self._thread.start()

    @property
    def is_writable(self) -> bool:
        """False after failures in a row, until a write succeeds again, and after the end."""
        return not self._is_stopped and not self._is_failing

    @property
    def _is_failing(self) -> bool:
        return self._failures >= _FAILURES_TO_STOP

    @property
    def waiting(self) -> int:
        """How many appends are queued behind the group that is being written."""
        return len(self._queue)

    def append(self, payload: bytes) -> int:
        """Queue ``payload``, and answer its LSN when it is durable.

        Raises:
            LogUnavailableError: it is not.
            LogFullError: the bound is reached, of the log or of what is queued.
        """
        answer = _Answer()
        self.append_then(payload, answer)
        return answer.wait()

    def append_then(self, payload: bytes, then: Logged) -> None:
        """Queue ``payload`` and return; ``then`` is called once, when it is durable or refused."""
        waiter = _Waiter(payload, then)
        with self._changed:
            if self._is_stopped:
                waiter.refusal = LogUnavailableError("the log is closed")
            elif self._is_failing and not self._may_probe(waiter):
                waiter.refusal = LogUnavailableError(_RESTING)
            elif self._queue and self._queued_bytes + waiter.memory > self._limits.queued_bytes:
                waiter.refusal = LogFullError(
                    "the disk of the log does not keep up with what comes"
                )
            else:
                self._queue.append(waiter)
                self._queued_bytes += waiter.memory
                self._changed.notify()
                return
        waiter.settle()

    def _may_probe(self, waiter: _Waiter) -> bool:
        """Whether this one tries; should the disk hang, the others are not held up behind it."""
        now = self._files.monotonic()
        if now < self._probe_at:
            return False
        self._probe_at = now + _PROBE_SECONDS
        waiter.is_probe = True
        return True

    def stop(self) -> None:
        """Write what is queued, then let go of the open segment."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        try:
            while group := self._next_group():
                self._commit(group)
        finally:
            # Only reached with a queue if the thread dies of something unforeseen.
            with self._changed:
                self._is_stopped = True
                for waiter in self._queue:
                    waiter.refusal = LogUnavailableError("the log has stopped")
                    waiter.settle()
                self._queue.clear()
            self._appender.close()

    def _next_group(self) -> list[_Waiter]:
        with self._changed:
            while not self._queue and not self._is_stopped:
                self._changed.wait()
            group: list[_Waiter] = []
            size = 0
            while self._queue and (not group or size + self._queue[0].size <= _GROUP_BYTES):
                group.append(self._queue.popleft())
                size += group[-1].size
                self._queued_bytes -= group[-1].memory
            return group

    def _commit(self, group: list[_Waiter]) -> None:
        refusal = "the log has stopped"
        try:
            if self._is_failing and not any(waiter.is_probe for waiter in group):
                refusal = _RESTING
            elif admitted := self._admit(group):
                first = self._appender.append([waiter.payload for waiter in admitted])
                for lsn, waiter in enumerate(admitted, first):
                    waiter.lsn = lsn
                self._failures = 0
        except (OSError, MemoryError) as error:
            _logger.warning("the log %s could not be written: %s", self._folder, error)
            refusal = f"the log cannot be written: {error}"
            if isinstance(error, OSError) and error.errno not in _NO_ROOM:
                self._failures += 1
                self._probe_at = self._files.monotonic() + _PROBE_SECONDS
        finally:
            for waiter in group:
                if not waiter.lsn and not waiter.refusal:
                    waiter.refusal = LogUnavailableError(refusal)
                waiter.settle()
            self._group_told()

    def _admit(self, group: list[_Waiter]) -> list[_Waiter]:
        """Those for which there is room; the others are told."""
        room, free = self._room.make(sum([waiter.size for waiter in group]))
        admitted = []
        for waiter in group:
            if waiter.size > room or len(waiter.payload) > MOST_PAYLOAD_BYTES:
                waiter.refusal = LogFullError(
                    f"the log has reached {self._limits.most_bytes} bytes"
                )
            elif waiter.size > free:
                waiter.refusal = LogUnavailableError(
                    "too little room is left on the disk of the log"
                )
            else:
                room, free = room - waiter.size, free - waiter.size
                admitted.append(waiter)
        return admitted
