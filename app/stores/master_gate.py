"""A store that takes writes only while this region is the master."""

from collections.abc import Callable, Sequence

from app.domain.appending import appended
from app.domain.entry import LogEntry
from app.domain.filters import Filter
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Appended, DatabaseInterface, Health
from app.domain.query import Page, Query, Stats


class MasterGate:
    """Refuses writes in words that name the master; all else goes to ``store``.

    What it refuses has failed, which the doors answer with 503, not with 409: shippers throw away what a
    4xx refuses, but keep what a 503 does and send it again, and after a promotion, or once they are led
    to the master, it is taken.

    Args:
        master: the master's name, at no cost; it is asked for every write.
        closed: is called when this is closed.
    """

    def __init__(
        self,
        store: DatabaseInterface,
        own: str,
        master: Callable[[], str],
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        self._closed = closed
        self._store = store
        self._own = own
        self._master = master

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Store ``entries``, if this region is the master."""
        return appended(self, entries, stream, ack)

    def append_then(
        self, entries: Sequence[LogEntry], stream: str, ack: Acknowledge, then: Appended
    ) -> None:
        """``append`` without waiting."""
        master = self._master()
        if master == self._own:
            self._store.append_then(entries, stream, ack, then)
            return
        reason = (
            f"the region {self._own} takes no writes, it follows {master}: send them to {master}"
        )
        then([Outcome.failed(reason, id=entry.id) for entry in entries])

    def get(self, id: str) -> LogEntry | None:
        """See ``DatabaseInterface``."""
        return self._store.get(id)

    def search(self, query: Query) -> Page:
        """See ``DatabaseInterface``."""
        return self._store.search(query)

    def count(self, filter: Filter) -> int:
        """See ``DatabaseInterface``."""
        return self._store.count(filter)

    def stats(self, filter: Filter) -> Stats:
        """See ``DatabaseInterface``."""
        return self._store.stats(filter)

    def refresh(self) -> None:
        """See ``DatabaseInterface``."""
        self._store.refresh()

    def health(self) -> Health:
        """See ``DatabaseInterface``."""
        health = self._store.health()
        master = self._master()
        if master == self._own:
            return health
        return Health(health.is_ready, f"{health.detail}; reads only, the master is {master}")

    def close(self) -> None:
        """See ``DatabaseInterface``."""
        self._closed()
        self._store.close()
