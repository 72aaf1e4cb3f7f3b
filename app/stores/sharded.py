"""One store made of many, a store for each partition."""

from collections.abc import Callable, Sequence
from heapq import merge
from threading import Lock

from app.domain.appending import AppendsAtOnce
from app.domain.entry import LogEntry
from app.domain.filters import Filter
from app.domain.levels import LogLevel
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, DatabaseInterface, Health
from app.domain.query import MAX_STATS_SERVICES, Page, Query, Stats
from app.domain.scope import scope_of
from app.domain.sharding import Partition, ScalingStrategy

_PAGE = 1_000


class ShardedDatabase(AppendsAtOnce):
    """Spreads records over stores by ``strategy``; a query asks only those that can hold an answer.

    Args:
        open_store: makes the store of a new partition.
    """

    def __init__(
        self, strategy: ScalingStrategy, open_store: Callable[[Partition], DatabaseInterface]
    ) -> None:
        self._strategy = strategy
        self._open_store = open_store
        self._lock = Lock()
        self._stores: dict[Partition, DatabaseInterface] = {}

    @property
    def partitions(self) -> list[Partition]:
        """The partitions that hold records, in order."""
        with self._lock:
            return sorted(self._stores)

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Store each entry in its partition."""
        groups: dict[Partition, list[int]] = {}
        for position, entry in enumerate(entries):
            groups.setdefault(self._strategy.place(entry, stream), []).append(position)
        outcomes: dict[int, Outcome] = {}
        for partition, positions in groups.items():
            store = self._store_of(partition)
            stored = store.append([entries[at] for at in positions], partition.stream, ack)
            outcomes.update(zip(positions, stored, strict=True))
        return [outcomes[position] for position in range(len(entries))]

    def get(self, id: str) -> LogEntry | None:
        """The record of this id, of the newest partition that has it."""
        for partition in reversed(self.partitions):
            if entry := self._stores[partition].get(id):
                return entry
        return None

    def search(self, query: Query) -> Page:
        """One page, merged from the partitions that can hold an answer."""
        stores = self._selected(query.filter)
        wanted = query.offset + query.limit
        lists = [_first(store, query, wanted) for store in stores]
        if query.newest_first:
            # Of equal timestamps the merge takes the earlier list first: both directions mirror.
            lists.reverse()
        ordered = merge(*lists, key=lambda entry: entry.timestamp_ns, reverse=query.newest_first)
        entries = [entry for _, entry in zip(range(wanted), ordered, strict=False)]
        return Page(entries[query.offset :], sum(store.count(query.filter) for store in stores))

    def count(self, filter: Filter) -> int:
        """How many records match in all partitions."""
        return sum(store.count(filter) for store in self._selected(filter))

    def stats(self, filter: Filter) -> Stats:
        """Counts over all partitions."""
        parts = [store.stats(filter) for store in self._selected(filter)]
        by_level: dict[LogLevel, int] = {}
        by_service: dict[str, int] = {}
        for part in parts:
            for level, number in part.by_level.items():
                by_level[level] = by_level.get(level, 0) + number
            for service, number in part.by_service.items():
                by_service[service] = by_service.get(service, 0) + number
        ranked = sorted(by_service.items(), key=lambda item: (-item[1], item[0]))
        return Stats(
            total=sum(part.total for part in parts),
            by_level=by_level,
            by_service=dict(ranked[:MAX_STATS_SERVICES]),
            first=min((part.first for part in parts if part.first), default=None),
            last=max((part.last for part in parts if part.last), default=None),
        )

    def refresh(self) -> None:
        """Refresh every partition."""
        for partition in self.partitions:
            self._stores[partition].refresh()

    def health(self) -> Health:
        """Ready while every partition is."""
        states = [self._stores[partition].health() for partition in self.partitions]
        ready = sum(state.is_ready for state in states)
        return Health(ready == len(states), f"{ready} of {len(states)} partitions are ready")

    def close(self) -> None:
        """Close every partition."""
        for partition in self.partitions:
            self._stores[partition].close()

    def _store_of(self, partition: Partition) -> DatabaseInterface:
        with self._lock:
            if partition not in self._stores:
                self._stores[partition] = self._open_store(partition)
            return self._stores[partition]

    def _selected(self, filter: Filter) -> list[DatabaseInterface]:
        selected = self._strategy.select(self.partitions, scope_of(filter))
        return [self._stores[partition] for partition in selected]


def _first(store: DatabaseInterface, query: Query, number: int) -> list[LogEntry]:
    found: list[LogEntry] = []
    while len(found) < number:
        size = min(_PAGE, number - len(found))
        page = store.search(Query(query.filter, size, len(found), query.newest_first))
        found.extend(page.entries)
        if len(page.entries) < size:
            break
    return found
