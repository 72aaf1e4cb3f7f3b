"""Which partition a record belongs to, and which partitions a query must ask."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Literal, Protocol, TypeAlias

from app.domain.entry import LogEntry
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, NANOS_PER_SECOND, ns_to_datetime
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.domain.scope import Scope

PeriodLength: TypeAlias = Literal["hour", "day", "week", "month", "year"]

_HOUR = 3_600 * NANOS_PER_SECOND
#: How many hours' partitions are remembered.
_MOST_PLACES = 4_096
_STREAM = re.compile(r"[a-z][a-z0-9_]{0,62}")
#: Streams that hold records of any service; none of them can be a service's own.
_COMMON_STREAM = re.compile(rf"{DEFAULT_STREAM}|{IMPORTED_STREAM}|shared_[0-9]+_[0-9]+")


@dataclass(frozen=True, order=True)
class Partition:
    """What is kept together: a stream's records of one period, ``all`` where time does not part them."""

    stream: str
    period: str


#: Names the stream of a record by its level, service and metadata.
StreamOf: TypeAlias = Callable[[LogLevel, str, Mapping[str, JsonValue]], str]


class ScalingStrategy(Protocol):
    """Spreads records over partitions."""

    def place(self, entry: LogEntry, stream: str = DEFAULT_STREAM) -> Partition:
        """The partition that ``entry`` of ``stream`` belongs to; always the same one."""
        ...

    def select(self, partitions: Iterable[Partition], scope: Scope) -> list[Partition]:
        """Those of ``partitions`` that can hold a record within ``scope``."""
        ...


class TimeBasedSharding:
    """A partition for each period of the record's own timestamp, in UTC.

    Args:
        length: of a period.
        lengths: other lengths for single streams.
    """

    def __init__(
        self, length: PeriodLength = "day", lengths: dict[str, PeriodLength] | None = None
    ) -> None:
        self._length = length
        self._lengths = lengths or {}
        self._places: dict[tuple[str, int], Partition] = {}

    def place(self, entry: LogEntry, stream: str = DEFAULT_STREAM) -> Partition:
        """The stream's partition of the period that holds the timestamp."""
        # Every period is made of whole hours, and most records of a batch are of the same one.
        key = (stream, entry.timestamp_ns // _HOUR)
        partition = self._places.get(key)
        if partition is None:
            partition = Partition(stream, period_of(entry.timestamp_ns, self._length_of(stream)))
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            self._places[key] = partition
        return partition

    def select(self, partitions: Iterable[Partition], scope: Scope) -> list[Partition]:
        """Those whose period meets the scope's span; periods of unknown form are kept."""
        kept = []
        for partition in partitions:
            span = span_of(partition.period)
            if span is None or (span[0] <= scope.end and span[1] >= scope.start):
                kept.append(partition)
        return kept

    def _length_of(self, stream: str) -> PeriodLength:
        return self._lengths.get(stream, self._length)


class ServiceBasedSharding:
    """A stream for each dedicated service; the rest share one, or are hashed into several.

    Records that a rule has sent to another stream than the default one stay there.

    Args:
        dedicated: services that get a stream of their own.
        buckets: streams for the rest; 0 leaves them in the default stream.
        within: how each of these streams is spread further; by default not at all.
        since: the instant from which on services have been parted like this: for what is older, the
            default stream is asked as well; None: for all times.
    """

    def __init__(
        self,
        dedicated: Iterable[str] = (),
        buckets: int = 0,
        within: ScalingStrategy | None = None,
        since: int | None = MIN_INSTANT,
    ) -> None:
        self._since = since
        self._dedicated = {service: _stream_name(service) for service in dedicated}
        self._buckets = buckets
        self._within = within

    def place(self, entry: LogEntry, stream: str = DEFAULT_STREAM) -> Partition:
        """The partition in the stream of the record's service."""
        name = (self._stream_of(entry.service) if stream == DEFAULT_STREAM else None) or stream
        return self._within.place(entry, name) if self._within else Partition(name, "all")

    def select(self, partitions: Iterable[Partition], scope: Scope) -> list[Partition]:
        """Those in the streams of the scope's services."""
        kept = self._within.select(partitions, scope) if self._within else list(partitions)
        if scope.services is None:
            return kept
        wanted = {self._stream_of(service) for service in scope.services}
        ours = {*self._dedicated.values(), *map(self._bucket, range(self._buckets))}
        if None not in wanted:
            kept = [part for part in kept if part.stream != DEFAULT_STREAM or self._is_older(part)]
        return [part for part in kept if part.stream in wanted or part.stream not in ours]

    def _is_older(self, part: Partition) -> bool:
        """Whether it may hold records from before services were parted."""
        if self._since is None:
            return True
        span = span_of(part.period)
        return self._since > (span[0] if span else MIN_INSTANT)

    def _stream_of(self, service: str) -> str | None:
        if service in self._dedicated:
            return self._dedicated[service]
        if not self._buckets:
            return None
        digest = blake2b(service.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return self._bucket(int.from_bytes(digest, "big") % self._buckets)

    def _bucket(self, number: int) -> str:
        # With their count in the name: another count makes other streams, and all of the old are asked.
        return f"shared_{self._buckets}_{number}"


class RuleBasedSharding:
    """Sends records of the default stream to others by rules, and spreads those as ``within`` does.

    Args:
        stream_of: names the stream of a record's level, service and metadata.
    """

    def __init__(self, stream_of: StreamOf, within: ScalingStrategy) -> None:
        self._stream_of = stream_of
        self._within = within

    def place(self, entry: LogEntry, stream: str = DEFAULT_STREAM) -> Partition:
        """The partition in the stream that the rules name; what came in for another stays there."""
        if stream == DEFAULT_STREAM:
            stream = self._stream_of(entry.level, entry.service, entry.given_metadata)
        return self._within.place(entry, stream)

    def select(self, partitions: Iterable[Partition], scope: Scope) -> list[Partition]:
        """Those that ``within`` names: rules may have been others when records came."""
        return self._within.select(partitions, scope)


def is_stream_name(name: str) -> bool:
    """Whether ``name`` may name a stream: lower-case letters, digits and ``_``, a letter first."""
    return _STREAM.fullmatch(name) is not None


def period_of(instant: int, length: PeriodLength) -> str:
    """The name of the period that holds ``instant``: ``2026.11.24``, ``2026.11``, ``2026w48`` …"""
    moment = ns_to_datetime(instant)
    match length:
        case "hour":
            return moment.strftime("%Y.%m.%d.%H")
        case "day":
            return moment.strftime("%Y.%m.%d")
        case "week":
            year, week, _ = moment.isocalendar()
            return f"{year:04d}w{week:02d}"
        case "month":
            return moment.strftime("%Y.%m")
        case "year":
            return moment.strftime("%Y")


@lru_cache(maxsize=4_096)  # each search asks for those of all periods that there are
def span_of(period: str) -> tuple[int, int] | None:
    """First and last instant of the period of this name; None for a name of another form."""
    match = re.fullmatch(r"(\d{4})(?:w(\d\d)|(?:\.(\d\d)(?:\.(\d\d)(?:\.(\d\d))?)?)?)", period)
    if match is None:
        return None
    year, week, month, day, hour = (int(part) if part else None for part in match.groups())
    try:
        return _span(year or 0, week, month, day, hour)
    except ValueError:
        return None


def _span(
    year: int, week: int | None, month: int | None, day: int | None, hour: int | None
) -> tuple[int, int]:
    if week is not None:
        first = date.fromisocalendar(year, week, 1)
        after = first + timedelta(days=7)
    elif month is None:
        first, after = date(year, 1, 1), date(year + 1, 1, 1)
    elif day is None:
        first, after = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    else:
        first = date(year, month, day)
        after = first + timedelta(days=1)
    start, end = midnight(first), midnight(after)
    if hour is not None:
        start += hour * 3_600_000_000_000
        end = start + 3_600_000_000_000
    return max(start, MIN_INSTANT), min(end - 1, MAX_INSTANT)


def midnight(day: date) -> int:
    """The first instant of ``day``, in UTC."""
    return (day - date(1970, 1, 1)).days * 86_400_000_000_000


def _stream_name(service: str) -> str:
    # A service's name is free text: what an index name cannot hold is replaced, and a digest keeps
    # two services apart that would become the same.
    plain = re.sub(r"[^a-z0-9_]", "_", service.lower())[:40]
    if plain == service and is_stream_name(plain) and not _COMMON_STREAM.fullmatch(plain):
        return plain
    digest = blake2b(service.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"s_{plain}_{digest}"
