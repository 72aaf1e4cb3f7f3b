"""Records in this process's memory: for tests and small tries. Everything is gone when it ends."""

import threading
from collections import Counter
from collections.abc import Sequence

from app.domain.appending import AppendsAtOnce
from app.domain.entry import LogEntry
from app.domain.filters import Filter
from app.domain.matching import matches
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Health
from app.domain.query import MAX_STATS_SERVICES, Page, Query, Stats


class InMemoryDatabase(AppendsAtOnce):
    """A store that scans a list. Ids are unique over all of it, streams make no difference."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, LogEntry] = {}

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Store ``entries``; visible at once."""
        outcomes = []
        with self._lock:
            for entry in entries:
                if entry.id in self._entries:
                    outcomes.append(Outcome.duplicate(entry.id))
                else:
                    self._entries[entry.id] = entry
                    outcomes.append(Outcome.created(entry.id))
        return outcomes

    def get(self, id: str) -> LogEntry | None:
        """The record of this id."""
        with self._lock:
            return self._entries.get(id)

    def search(self, query: Query) -> Page:
        """One page of the records that match."""
        found = self.matching(query.filter)
        # A stable sort over the order of arrival, turned round as a whole, so that records of one
        # timestamp keep one order in both directions.
        found.sort(key=lambda entry: entry.timestamp_ns)
        if query.newest_first:
            found.reverse()
        return Page(found[query.offset : query.offset + query.limit], len(found))

    def count(self, filter: Filter) -> int:
        """How many records match."""
        return len(self.matching(filter))

    def stats(self, filter: Filter) -> Stats:
        """Counts over the records that match."""
        found = self.matching(filter)
        services = Counter(entry.service for entry in found)
        ranked = sorted(services.items(), key=lambda item: (-item[1], item[0]))
        return Stats(
            total=len(found),
            by_level=dict(Counter(entry.level for entry in found)),
            by_service=dict(ranked[:MAX_STATS_SERVICES]),
            first=min((entry.timestamp for entry in found), default=None),
            last=max((entry.timestamp for entry in found), default=None),
        )

    def matching(self, filter: Filter) -> list[LogEntry]:
        """All records that match, in the order of their arrival."""
        with self._lock:
            entries = list(self._entries.values())
        return [entry for entry in entries if matches(filter, entry)]

    def refresh(self) -> None:
        """Everything is visible as soon as it is appended."""

    def health(self) -> Health:
        """Always ready."""
        return Health(is_ready=True, detail=f"{len(self._entries)} records in memory")

    def close(self) -> None:
        """Nothing to let go of."""
