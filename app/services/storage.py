"""How much room records take, by stream, tier, service and day, and how long the room will last."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.domain.instants import NANOS_PER_DAY, ns_to_datetime
from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier
from app.domain.sharding import span_of
from app.domain.storage import (
    EVERY_BY,
    By,
    Spreads,
    StorageFigures,
    StorageSource,
    StreamTier,
    Usage,
)

#: Growth is the mean of so many full days before today.
GROWTH_DAYS = 7


@dataclass
class _Sum:
    indices: set[str] = field(default_factory=set)
    documents: float = 0.0
    primary_bytes: float = 0.0
    total_bytes: float = 0.0
    growth_bytes: float = 0.0
    growth_documents: float = 0.0
    oldest: int | None = None
    newest: int | None = None
    is_estimated: bool = False

    def see(self, oldest: int | None, newest: int | None) -> None:
        if oldest is not None:
            self.oldest = oldest if self.oldest is None else min(self.oldest, oldest)
        if newest is not None:
            self.newest = newest if self.newest is None else max(self.newest, newest)


class _Growth:
    """What came in on the last full days: of an index, the part of its life that lies in them.

    Records are taken to have come evenly from when the index was made until its newest record came, so
    that old files that are read in today count today.
    """

    def __init__(self, indices: Iterable[IndexFacts], now: int) -> None:
        self._end = now // NANOS_PER_DAY * NANOS_PER_DAY
        first = min((index.created_at for index in indices), default=now)
        # The first index of a day is made after midnight: a first day of more than half counts.
        full = (self._end - first + NANOS_PER_DAY // 2) // NANOS_PER_DAY
        self.days = max(0, min(GROWTH_DAYS, full))
        self._start = self._end - self.days * NANOS_PER_DAY

    def part(self, index: IndexFacts) -> float:
        """The part of the index that came then, divided by the days."""
        if not self.days or index.newest_arrival is None or index.restored_until is not None:
            return 0.0
        start, end = index.created_at, max(index.created_at + 1, index.newest_arrival)
        inside = max(0, min(end, self._end) - max(start, self._start))
        return inside / (end - start) / self.days


def storage_figures(
    source: StorageSource, now: int, wanted: Iterable[By] = EVERY_BY
) -> StorageFigures:
    """The figures by everything in ``wanted``; ``now`` is nanoseconds since the epoch.

    Raises:
        StoreUnavailableError: the store cannot answer now.
    """
    facts = source.facts()
    nodes, watermarks = source.disks()
    growth = _Growth(facts.indices, now)
    makers: dict[By, Callable[[], list[Usage]]] = {
        "stream": lambda: _by_stream(facts, growth),
        "tier": lambda: _by_tier(facts, growth),
        "service": lambda: _by_service(facts, growth, source),
        "day": lambda: _by_day(facts, source),
    }
    total = _Sum()
    for index in facts.indices:
        _add(total, index, growth.part(index))
    everything = _usage("all", total, growth)
    room = watermarks.room_bytes(nodes)
    return StorageFigures(
        everything,
        {by: makers[by]() for by in EVERY_BY if by in wanted},
        _stream_tiers(facts),
        growth.days,
        room,
        room / everything.growth_bytes if everything.growth_bytes else None,
    )


def _by_stream(facts: ClusterFacts, growth: _Growth) -> list[Usage]:
    sums: dict[str, _Sum] = {}
    for index in facts.indices:
        _add(sums.setdefault(index.partition.stream, _Sum()), index, growth.part(index))
    return _largest_first(_usage(name, one, growth) for name, one in sums.items())


def _by_tier(facts: ClusterFacts, growth: _Growth) -> list[Usage]:
    sums: dict[Tier, _Sum] = {}
    for index in facts.indices:
        _add(sums.setdefault(index.tier, _Sum()), index, growth.part(index))
    usages = [_usage(tier, sums[tier], growth) for tier in Tier if tier in sums]
    if facts.archives:
        usages.append(
            Usage(
                Tier.ARCHIVE,
                len(facts.archives),
                sum(archive.documents for archive in facts.archives),
                sum(archive.bytes for archive in facts.archives),
                sum(archive.bytes for archive in facts.archives),
                newest=max(
                    (a.newest for a in facts.archives if a.newest is not None), default=None
                ),
            )
        )
    return usages


def _by_service(facts: ClusterFacts, growth: _Growth, source: StorageSource) -> list[Usage]:
    spreads = source.by_service([index.name for index in facts.indices if _is_counted(index)])
    sums: dict[str, _Sum] = {}
    for index in facts.indices:
        _divide(sums, index, spreads.get(index.name, {}), growth.part(index))
    return _largest_first(_usage(name, one, growth) for name, one in sums.items())


def _by_day(facts: ClusterFacts, source: StorageSource) -> list[Usage]:
    days = {index.name: _day_of(index) for index in facts.indices}
    spreads = source.by_day(
        [i.name for i in facts.indices if days[i.name] is None and _is_counted(i)]
    )
    sums: dict[str, _Sum] = {}
    for index in facts.indices:
        day = days[index.name]
        if day is not None:
            _add(sums.setdefault(day, _Sum()), index, 0.0)
        else:
            _divide(sums, index, spreads.get(index.name, {}), 0.0)
    return [_usage(day, sums[day], None) for day in sorted(sums, reverse=True)]


def _stream_tiers(facts: ClusterFacts) -> list[StreamTier]:
    sums: dict[tuple[str, Tier], list[int]] = {}
    for index in facts.indices:
        one = sums.setdefault((index.partition.stream, index.tier), [0, 0, 0])
        one[0] += index.documents if index.is_searched else 0
        one[1] += index.primary_bytes
        one[2] += index.total_bytes
    for archive in facts.archives:
        one = sums.setdefault((archive.partition.stream, Tier.ARCHIVE), [0, 0, 0])
        one[0] += archive.documents
        one[1] += archive.bytes
        one[2] += archive.bytes
    return [StreamTier(stream, tier, *sums[stream, tier]) for stream, tier in sorted(sums)]


def _is_counted(index: IndexFacts) -> bool:
    """Whether its records are to be counted: those of a copy in the making are in its original."""
    return index.is_searched and index.is_open and index.documents > 0


def _add(one: _Sum, index: IndexFacts, grown: float) -> None:
    one.indices.add(index.name)
    # The disk holds an unfinished copy as well; its records are those of the original.
    one.primary_bytes += index.primary_bytes
    one.total_bytes += index.total_bytes
    if index.is_searched:
        one.documents += index.documents
        one.growth_bytes += index.total_bytes * grown
        one.growth_documents += index.documents * grown
        one.see(index.oldest, index.newest)


def _divide(sums: dict[str, _Sum], index: IndexFacts, spreads: Spreads, grown: float) -> None:
    """Give each name its part of the index, by the number of its documents."""
    documents = sum(spread.documents for spread in spreads.values())
    for name, spread in spreads.items():
        part = spread.documents / documents
        one = sums.setdefault(name, _Sum())
        one.indices.add(index.name)
        one.documents += spread.documents
        one.primary_bytes += index.primary_bytes * part
        one.total_bytes += index.total_bytes * part
        one.growth_bytes += index.total_bytes * grown * part
        one.growth_documents += spread.documents * grown
        one.is_estimated = one.is_estimated or len(spreads) > 1
        one.see(spread.oldest, spread.newest)


def _day_of(index: IndexFacts) -> str | None:
    """The day that all of its records are of; None if they may be of several."""
    span = span_of(index.partition.period)
    if span is None or span[0] // NANOS_PER_DAY != span[1] // NANOS_PER_DAY:
        return None
    return ns_to_datetime(span[0]).date().isoformat()


def _usage(name: str, one: _Sum, growth: _Growth | None) -> Usage:
    knows_growth = growth is not None and growth.days > 0
    return Usage(
        name,
        len(one.indices),
        round(one.documents),
        round(one.primary_bytes),
        round(one.total_bytes),
        round(one.growth_bytes) if knows_growth else None,
        round(one.growth_documents) if knows_growth else None,
        one.oldest,
        one.newest,
        one.is_estimated,
    )


def _largest_first(usages: Iterable[Usage]) -> list[Usage]:
    return sorted(usages, key=lambda usage: (-usage.total_bytes, -usage.documents, usage.name))
