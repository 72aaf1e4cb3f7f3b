"""Answers in this process's memory, the least lately used of them let go first."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic


class LocalCache:
    """``AnswerCache`` of at most ``most_bytes``; of each process its own.

    Args:
        now: seconds of a clock that never goes back.
    """

    #: What an entry takes besides its key and its answer.
    OVERHEAD = 300

    def __init__(self, most_bytes: int, now: Callable[[], float] = monotonic) -> None:
        self._most_bytes = most_bytes
        self._now = now
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``, unless its time is over."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            if self._now() >= found[1]:
                self._remove(key)
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: str, answer: bytes, seconds: float) -> None:
        """Keep ``answer``; one that is larger than an eighth of the room is not kept."""
        size = self._size(key, answer)
        if size > self._most_bytes // 8 or seconds <= 0:
            return
        with self._lock:
            self._remove(key)
            self._entries[key] = (answer, self._now() + seconds)
            self._bytes += size
            while self._bytes > self._most_bytes:
                self._remove(next(iter(self._entries)))

    def close(self) -> None:
        """Nothing to let go of."""

    @property
    def bytes_held(self) -> int:
        """How much is kept."""
        return self._bytes

    def _remove(self, key: str) -> None:
        if (found := self._entries.pop(key, None)) is not None:
            self._bytes -= self._size(key, found[0])

    def _size(self, key: str, answer: bytes) -> int:
        return len(key) + len(answer) + self.OVERHEAD
