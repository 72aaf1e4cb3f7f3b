"""Reads many records through the searches of any store: for stores in memory, which are small."""

from collections.abc import Iterator
from itertools import islice

from app.domain.entry import LogEntry
from app.domain.filters import CompositeFilter, Filter, TimeRangeFilter
from app.domain.ports import DatabaseInterface
from app.domain.query import MAX_LIMIT, RESULT_WINDOW, Query
from app.domain.raw_records import raw_record
from app.domain.reading import Cancellation, Position, RawPage, Stretch


class SearchReader:
    """``RecordReader`` over ``store``; what shares an instant stands as the store's searches have it."""

    def __init__(self, store: DatabaseInterface) -> None:
        self._store = store

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        """The records that ``stretch`` asks for."""
        walk = self._walk(stretch.filter, stretch.newest_first, stretch.after)
        # One more than is wanted tells whether there are others behind it.
        end = stretch.offset + stretch.limit + 1
        found = list(islice(walk, stretch.offset, end)) if stretch.limit else []
        shown = found[: stretch.limit]
        positions = [_position(entry) for entry in shown]
        return RawPage(
            [raw_record(entry) for entry in shown],
            positions,
            positions[-1] if len(found) > len(shown) else None,
            self._store.search(Query(stretch.filter, 0)).total if stretch.counts else None,
        )

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        """The record of this id and its place."""
        entry = self._store.get(id)
        return None if entry is None else (entry, _position(entry))

    def last_sequence(self, filter: Filter) -> int | None:
        """Records are not counted here."""
        return None

    def _walk(
        self, filter: Filter, newest_first: bool, after: Position | None
    ) -> Iterator[LogEntry]:
        """All records behind ``after``."""
        while True:
            narrowed = filter
            if after is not None:
                at = after.timestamp
                span = TimeRangeFilter(None, at) if newest_first else TimeRangeFilter(at, None)
                narrowed = CompositeFilter(filter, span)
            last: LogEntry | None = None
            is_behind = after is None
            for offset in range(0, RESULT_WINDOW, MAX_LIMIT):
                page = self._store.search(Query(narrowed, MAX_LIMIT, offset, newest_first))
                for entry in page.entries:
                    if after is not None and not is_behind:
                        is_behind = entry.id == after.id
                        if is_behind or entry.timestamp_ns == after.timestamp:
                            continue
                        is_behind = True
                    last = entry
                    yield entry
                if len(page.entries) < MAX_LIMIT:
                    return
            if last is None:
                return
            after = _position(last)


def _position(entry: LogEntry) -> Position:
    return Position(entry.timestamp_ns, 0, entry.id)
