"""Reads from the near cluster, and from a far one while the near one is away."""

from collections.abc import Mapping, Sequence

from app.domain.entry import LogEntry
from app.domain.filters import Filter
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Appended, DatabaseInterface, Health
from app.domain.query import Page, Query, Stats
from app.stores.nearest_first import NearestFirst


class NearThenFar:
    """Writes go to the near store only, which keeps them safe while its cluster is away.

    ``served_by`` says afterwards which region answered. A far answer lacks what replication has not
    brought there yet.

    Args:
        own: name of the near region.
        far: the other regions' stores, of which only questions are asked, by name.
    """

    def __init__(
        self, own: str, near: DatabaseInterface, far: Mapping[str, DatabaseInterface]
    ) -> None:
        self._own = own
        self._near = near
        self._stores = {own: near, **far}
        self._regions: NearestFirst[DatabaseInterface] = NearestFirst(self._stores)

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """See ``DatabaseInterface``; near only."""
        return self._near.append(entries, stream, ack)

    def append_then(
        self, entries: Sequence[LogEntry], stream: str, ack: Acknowledge, then: Appended
    ) -> None:
        """See ``DatabaseInterface``; near only."""
        self._near.append_then(entries, stream, ack, then)

    def get(self, id: str) -> LogEntry | None:
        """The record of this id."""
        return self._regions.ask(lambda store: store.get(id))

    def search(self, query: Query) -> Page:
        """One page."""
        return self._regions.ask(lambda store: store.search(query))

    def count(self, filter: Filter) -> int:
        """How many records match."""
        return self._regions.ask(lambda store: store.count(filter))

    def stats(self, filter: Filter) -> Stats:
        """Counts."""
        return self._regions.ask(lambda store: store.stats(filter))

    def refresh(self) -> None:
        """See ``DatabaseInterface``; near only."""
        self._near.refresh()

    def health(self) -> Health:
        """That of the near store, and who answers in its place."""
        health = self._near.health()
        if health.is_ready:
            return health
        others = [
            name for name, store in self._stores.items() if name != self._own and _is_ready(store)
        ]
        if not others:
            return health
        return Health(
            is_ready=False,
            detail=f"{self._own}: {health.detail}; searches are answered by {others[0]}",
        )

    def close(self) -> None:
        """Close all of them."""
        for store in self._stores.values():
            store.close()


def _is_ready(store: DatabaseInterface) -> bool:
    return store.health().is_ready
