"""How much of the queue may be in memory at a time."""

import threading


class Budget:
    """Bytes that were read and are not settled. Safe for use from several threads.

    Args:
        most_bytes: once they are reached nothing more is to be read, until half of them are free.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._spent = 0
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def spent(self) -> int:
        """Bytes that are held now."""
        return self._spent

    def spend(self, size: int) -> None:
        """So many bytes more are held."""
        with self._lock:
            self._spent += size

    def give_back(self, size: int) -> None:
        """So many are settled."""
        with self._lock:
            self._spent -= size

    def allows_more(self) -> bool:
        """Whether to read on."""
        with self._lock:
            least = self._most_bytes // 2 if self._is_closed else self._most_bytes
            self._is_closed = self._spent >= least
            return not self._is_closed
