"""The records around one record."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError, OutOfTimeError
from app.domain.filters import (
    CompositeFilter,
    Filter,
    NetworkFilter,
    ServiceFilter,
    TimeRangeFilter,
)
from app.domain.instants import MAX_INSTANT, NANOS_PER_SECOND
from app.domain.raw_records import RawRecord, raw_record
from app.domain.reading import Cancellation, Position, RecordReader, Same, Stretch, Surroundings
from app.services.page_reader import PageReader

#: What is looked through first: most neighbours are near, and other indices need not be asked then.
_NEAR = 3_600 * NANOS_PER_SECOND


def read_around(
    records: RecordReader,
    id: str,
    before: int,
    after: int,
    same: Same,
    cancellation: Cancellation | None = None,
) -> Surroundings | None:
    """The record of this id, with as many older and newer ones of the same service or source.

    The nearest of them only, where they are very large (``PageReader``); None without such a record.

    Raises:
        InvalidQueryError: the record has no source to be the same.
        OutOfTimeError: the neighbours could not be read in time.
    """
    found = records.find(id)
    if found is None:
        return None
    entry, place = found
    neighbours, pages = _neighbours(entry, same), PageReader(records)

    def read(count: int, newest_first: bool) -> Sequence[RawRecord]:
        if not count:
            return []
        near = _span(place, newest_first)
        stretch = Stretch(
            CompositeFilter(neighbours, near), count, newest_first=newest_first, after=place
        )
        page = pages.read(stretch, cancellation)
        if len(page.records) < count and page.behind is None:
            page = pages.read(replace(stretch, filter=neighbours), cancellation)
        if page.is_partial:
            raise OutOfTimeError("the records around it could not be read in time")
        return page.records

    newer = read(after, newest_first=False)
    return Surroundings(newer[::-1], raw_record(entry), read(before, newest_first=True))


def _neighbours(entry: LogEntry, same: Same) -> Filter:
    if same == "service":
        return ServiceFilter(entry.service)
    if entry.given_source_ip is None:
        raise InvalidQueryError("same", "cannot be source: the record has no source_ip")
    return NetworkFilter.of(entry.given_source_ip)


def _span(place: Position, newest_first: bool) -> TimeRangeFilter:
    at = place.timestamp
    if newest_first:
        return TimeRangeFilter(max(at - _NEAR, 0), at)
    return TimeRangeFilter(at, min(at + _NEAR, MAX_INSTANT))
