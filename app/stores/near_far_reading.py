"""Many records, and figures over them, from the near region or from a far one (``NearestFirst``)."""

from collections.abc import Sequence

from app.domain.aggregations import (
    Aggregations,
    Counts,
    Facet,
    Histogram,
    Percentiles,
    Plan,
    SeriesField,
    Services,
    TopMessages,
)
from app.domain.entry import LogEntry
from app.domain.filters import Filter
from app.domain.intervals import Interval
from app.domain.reading import Cancellation, Position, RawPage, RecordReader, Stretch
from app.stores.nearest_first import NearestFirst


class NearThenFarReader:
    """A ``RecordReader``; a place in the order of one region is the same in another."""

    def __init__(self, regions: NearestFirst[RecordReader]) -> None:
        self._regions = regions

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        """The records that ``stretch`` asks for."""
        return self._regions.ask(lambda reader: reader.read(stretch, cancellation))

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        """The record of this id and its place."""
        return self._regions.ask(lambda reader: reader.find(id))

    def last_sequence(self, filter: Filter) -> int | None:
        """The highest number under which a record that matches came in."""
        return self._regions.ask(lambda reader: reader.last_sequence(filter))


class NearThenFarAggregations:
    """``Aggregations``."""

    def __init__(self, regions: NearestFirst[Aggregations]) -> None:
        self._regions = regions

    def plan(self, filter: Filter) -> Plan:
        """Where a question with this filter would go."""
        return self._regions.ask(lambda figures: figures.plan(filter))

    def histogram(
        self, filter: Filter, interval: Interval | None, by: SeriesField | None
    ) -> Histogram:
        """Counts over time."""
        return self._regions.ask(lambda figures: figures.histogram(filter, interval, by))

    def facets(self, filter: Filter, fields: Sequence[str], limit: int) -> list[Facet]:
        """The most frequent values."""
        return self._regions.ask(lambda figures: figures.facets(filter, fields, limit))

    def services(self, filter: Filter, limit: int) -> Services:
        """The services with the most records."""
        return self._regions.ask(lambda figures: figures.services(filter, limit))

    def percentiles(self, filter: Filter, path: str, percents: Sequence[float]) -> Percentiles:
        """Percentiles of a number."""
        return self._regions.ask(lambda figures: figures.percentiles(filter, path, percents))

    def top_messages(self, filter: Filter, limit: int, sample: int) -> TopMessages:
        """The most frequent messages."""
        return self._regions.ask(lambda figures: figures.top_messages(filter, limit, sample))

    def counts(self, filter: Filter) -> Counts:
        """Counts by level and service."""
        return self._regions.ask(lambda figures: figures.counts(filter))
