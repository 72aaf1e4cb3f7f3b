"""How much of the write-ahead log each service may hold, so that a noisy one cannot take all of it.

While less than half of the log waits to be shipped, everybody may write what comes. From there on, four
fifths of the log are shared equally among the services that hold some of it: whoever would go beyond its
share is refused until some of its records are shipped, and the last fifth is for those who come later.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock

_FREE_FOR_ALL = 0.5
_SHARED = 0.8


class Shares:
    """Books the bytes that wait, by service; safe for use from several threads.

    Args:
        most_bytes: that the log may hold.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: Counter[str] = Counter()
        self._releases: dict[str, Callable[[int], None]] = {}
        self._total = 0
        self._lock = Lock()

    def book(self, wanted: Mapping[str, int]) -> set[str]:
        """Book ``wanted``, bytes by service, but for the services that are answered: it is too much."""
        with self._lock:
            refused = self._beyond_share(wanted)
            for service, size in wanted.items():
                if service not in refused:
                    self._held[service] += size
                    self._total += size
            return refused

    def release_of(self, service: str) -> Callable[[int], None]:
        """Releases so many bytes of ``service``; one for all that waits, as there may be millions."""
        with self._lock:
            return self._releases.setdefault(service, partial(self._release_one, service))

    def _release_one(self, service: str, size: int) -> None:
        self.release({service: size})

    def release(self, booked: Mapping[str, int]) -> None:
        """What was booked waits no more."""
        with self._lock:
            for service, size in booked.items():
                self._total -= size
                self._held[service] -= size
                if not self._held[service]:
                    del self._held[service]
                    self._releases.pop(service, None)

    def _beyond_share(self, wanted: Mapping[str, int]) -> set[str]:
        if self._total + sum(wanted.values()) <= self._most * _FREE_FOR_ALL:
            return set()
        share = self._most * _SHARED / len(self._held.keys() | wanted.keys())
        room = self._most - self._total
        refused = set()
        for service, size in wanted.items():
            if self._held[service] + size > share or size > room:
                refused.add(service)
            else:
                room -= size
        return refused
