"""Questions for figures over many records, and their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter
from app.domain.intervals import Interval

SeriesField: TypeAlias = Literal["level", "service"]

#: Most values that one facet shows.
MAX_FACET_VALUES = 100
#: Most facets of one question.
MAX_FACETS = 10
#: Most services that a histogram tells apart; the rest are counted together.
MAX_SERIES = 10
#: Most services that are listed.
MAX_SERVICES = 1_000
#: Most percentiles of one question.
MAX_PERCENTS = 20
#: Distinct values up to which percentiles are exact.
MAX_DISTINCT = 20_000
#: How many values an estimate is made from.
SAMPLED_VALUES = 20_000
#: Most records of which the messages are read.
MAX_SAMPLED_MESSAGES = 10_000
#: Most messages that are shown.
MAX_MESSAGES = 100

METADATA_PREFIX = "metadata."
_PLAIN_FACETS = ("level", "service", "source_ip")


@dataclass(frozen=True)
class Plan:
    """Where a question would go.

    Attributes:
        query: what the store would be asked, in its own language; None where it has none.
        asked: names of the indices that can hold an answer.
        skipped: how many others there are.
        can_change: whether records of these indices may still come.
    """

    query: Mapping[str, Any] | None = None
    asked: tuple[str, ...] = ()
    skipped: int = 0
    can_change: bool = True

    def united(self, other: "Plan") -> "Plan":
        """Of a question that goes where either goes; without a query, as there are two."""
        return Plan(
            None,
            tuple(sorted({*self.asked, *other.asked})),
            min(self.skipped, other.skipped),
            self.can_change or other.can_change,
        )


@dataclass(frozen=True)
class Series:
    """One count a bucket.

    Attributes:
        name: of the level or service; None of all those that have no series of their own.
    """

    name: str | None
    counts: Sequence[int]


@dataclass(frozen=True)
class Histogram:
    """Counts over time.

    Attributes:
        starts: of the buckets, nanoseconds since the epoch; empty buckets among them.
        totals: of each bucket.
    """

    interval: Interval
    starts: Sequence[int]
    totals: Sequence[int]
    series: Sequence[Series] = ()


@dataclass(frozen=True)
class Facet:
    """The most frequent values of a field.

    A record counts once for each of its distinct values; numbers and booleans are their JSON text.

    Attributes:
        values: with how many records have them, in falling order.
        others: the counts of all other values, added up.
        error: a count may be too low by so much; 0 where all are exact.
    """

    field: str
    values: Sequence[tuple[str, int]]
    others: int
    error: int = 0


@dataclass(frozen=True)
class ServiceSummary:
    """One service.

    Attributes:
        errors: records at ERROR or above.
        first, last: nanoseconds since the epoch, to the millisecond.
    """

    name: str
    records: int
    errors: int
    first: int
    last: int


@dataclass(frozen=True)
class Services:
    """Services by falling number of records.

    Attributes:
        others: records of services that are not listed.
    """

    services: Sequence[ServiceSummary]
    others: int


@dataclass(frozen=True)
class Percentiles:
    """The distribution of a number in the metadata.

    Texts that spell a number count as that number. A record counts once for each of its distinct
    values. Between two values, a percentile is interpolated.

    Attributes:
        values: percent and value; empty without numbers.
        is_sampled: estimated from a part of the records, as there are too many distinct values.
    """

    count: int
    values: Sequence[tuple[float, float]]
    least: float | None = None
    greatest: float | None = None
    mean: float | None = None
    is_sampled: bool = False


@dataclass(frozen=True)
class TopMessages:
    """The most frequent texts among the newest records.

    Attributes:
        read: how many records were read.
        total: how many there are.
    """

    messages: Sequence[tuple[str, int]]
    read: int
    total: int


@dataclass(frozen=True)
class Counts:
    """How many records there are.

    Attributes:
        others: records of services that are not in ``by_service``.
    """

    total: int
    by_level: Mapping[str, int]
    by_service: Mapping[str, int]
    others: int = 0


class Aggregations(Protocol):
    """Figures over the records that a filter asks for. Safe for use from several threads.

    Raises:
        StoreUnavailableError: the store is away, or not all of it answers.
        InvalidQueryError: more is asked than is allowed.
    """

    def plan(self, filter: Filter) -> Plan:
        """Where a question with this filter would go."""
        ...

    def histogram(
        self, filter: Filter, interval: Interval | None, by: SeriesField | None
    ) -> Histogram:
        """Counts over time; without an interval about 60 buckets."""
        ...

    def facets(self, filter: Filter, fields: Sequence[str], limit: int) -> list[Facet]:
        """The ``limit`` most frequent values of each field; of equals the lesser first."""
        ...

    def services(self, filter: Filter, limit: int) -> Services:
        """The services with the most records."""
        ...

    def percentiles(self, filter: Filter, path: str, percents: Sequence[float]) -> Percentiles:
        """Percentiles of the numbers at ``path`` of the metadata."""
        ...

    def top_messages(self, filter: Filter, limit: int, sample: int) -> TopMessages:
        """The most frequent messages of the newest ``sample`` records; of fewer, where they are long."""
        ...

    def counts(self, filter: Filter) -> Counts:
        """Counts by level, and by service of the ``MAX_SERVICES`` largest."""
        ...


def check_facet(field: str) -> None:
    """Refuse a field that has no facet.

    Raises:
        InvalidQueryError: it names the fields that have one.
    """
    is_metadata = field.startswith(METADATA_PREFIX) and len(field) > len(METADATA_PREFIX)
    if field not in _PLAIN_FACETS and not is_metadata:
        allowed = f"{', '.join(_PLAIN_FACETS)} and metadata.<key>"
        raise InvalidQueryError("field", f"{field[:60]!r} has no facet; allowed are {allowed}")


def distribution(
    weighted: Mapping[float, int], percents: Sequence[float], *, is_sampled: bool = False
) -> Percentiles:
    """The percentiles of values that occur as often as ``weighted`` says."""
    ordered = sorted(weighted.items())
    number = sum(weighted.values())
    if not number:
        return Percentiles(0, (), is_sampled=is_sampled)
    return Percentiles(
        count=number,
        values=[(it, _value_at(ordered, it / 100 * (number - 1))) for it in percents],
        least=ordered[0][0],
        greatest=ordered[-1][0],
        mean=_mean(ordered, number),
        is_sampled=is_sampled,
    )


def _mean(ordered: Sequence[tuple[float, int]], number: int) -> float:
    # Each part is divided first: the sum of doubles may be none any more.
    return sum(value * (count / number) for value, count in ordered)


def _value_at(ordered: Sequence[tuple[float, int]], rank: float) -> float:
    """The value at a rank from 0, which may lie between two."""
    lower = int(rank)
    share = rank - lower
    passed = 0
    for at, (value, count) in enumerate(ordered):
        passed += count
        if passed > lower:
            if share == 0 or passed > lower + 1 or at + 1 == len(ordered):
                return value
            return value * (1 - share) + ordered[at + 1][0] * share
    return ordered[-1][0]
