"""How old an index is, by what it really holds, and what it still may get."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from app.domain.instants import NANOS_PER_SECOND, ns_to_datetime
from app.domain.lifecycle import ArchiveFacts, ClusterFacts, IndexFacts
from app.domain.sharding import span_of
from retention.policy import Life, Policies
from retention.units import say_duration

#: Clocks that differ by more are not trusted with deletions.
MOST_CLOCK_DIFFERENCE = 300 * NANOS_PER_SECOND


@dataclass(frozen=True)
class Bounds:
    """What a run may do.

    Attributes:
        accepted_age: how old, in nanoseconds, a record may be by its own time when it comes; None: any
            age.
        clock_trust: False where the clock jumped or is otherwise not to be trusted: nothing is deleted
            or marked then.
        forced: an operator wants more deletions than one run may do by itself.
    """

    accepted_age: int | None = None
    clock_trust: bool = True
    forced: bool = False


@dataclass(frozen=True)
class Subject:
    """One index with the life that it leads.

    Attributes:
        now: the earlier one of the local clock and the cluster's, so that one that is fast makes
            nothing old.
        end: last instant of its period; None for one without end.
        since: the instant that its ages count from; None where its records cannot be read.
    """

    index: IndexFacts
    life: Life
    bounds: Bounds
    now: int
    end: int | None
    since: int | None

    @property
    def name(self) -> str:
        """Of the index."""
        return self.index.name

    @property
    def last_late(self) -> int | None:
        """Until when late records of its period can come; None: for ever."""
        ages = [
            age for age in (self.bounds.accepted_age, self.life.delete_after) if age is not None
        ]
        if self.life.counts_from == "arrival" or self.end is None or not ages:
            return None
        return self.end + min(ages)

    @property
    def is_closed(self) -> bool:
        """It is closed for writing: what it holds now is all that it will hold."""
        return is_closed(self.index)

    @property
    def is_current(self) -> bool:
        """New records go to it now, not only late ones."""
        return self.index.is_write_index and (self.end is None or self.now <= self.end)

    @property
    def age(self) -> int | None:
        """Nanoseconds since then; None where that is not known."""
        return None if self.since is None else self.now - self.since

    def is_due(self, after: int | None) -> bool:
        """Whether it has reached the age ``after``."""
        return after is not None and self.age is not None and self.age >= after

    @property
    def said_age(self) -> str:
        """Its age in words, with what it counts from."""
        if self.age is None or self.since is None:
            return "its age is not known"
        what = "newest record" if self.life.counts_from == "records" else "newest arrival"
        if not self.index.documents:
            what = "it is empty; its period or its creation"
        elif self.life.counts_from == "records" and self.since != self.index.newest:
            what = "end of its period"
        moment = ns_to_datetime(self.since)
        return f"{say_duration(self.age)} old ({what}: {moment:%Y-%m-%d %H:%M} UTC)"

    @property
    def order(self) -> tuple[int, str]:
        """Sorts the oldest first."""
        return (self.index.created_at if self.since is None else self.since, self.name)


@dataclass(frozen=True)
class Situation:
    """All that a plan is made from.

    Attributes:
        local_now: the local clock.
        now: the earlier one of it and the cluster's.
    """

    policies: Policies
    cluster: ClusterFacts
    bounds: Bounds
    local_now: int

    @property
    def now(self) -> int:
        """See above."""
        return min(self.local_now, self.cluster.clock)

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """All indices, the oldest first."""
        return tuple(self._subjects(self.now))

    @cached_property
    def doubt(self) -> str | None:
        """Why the clock is not trusted with deletions; None where it is."""
        difference = self.local_now - self.cluster.clock
        if abs(difference) > MOST_CLOCK_DIFFERENCE:
            which = "ahead of" if difference > 0 else "behind"
            return (
                f"the local clock is {say_duration(abs(difference))} {which} the cluster's; at most "
                "5 min are trusted: set the clocks right"
            )
        if not self.bounds.clock_trust:
            return "the clock jumped or is not to be trusted: see that it is right"
        return None

    def by_local_clock(self) -> tuple[Subject, ...]:
        """All indices as they are by the local clock alone: what would be due if it were right."""
        return tuple(self._subjects(self.local_now))

    @cached_property
    def by_base(self) -> Mapping[str, list[Subject]]:
        """All indices of one base: an original and its copies."""
        found: dict[str, list[Subject]] = {}
        for subject in self.subjects:
            found.setdefault(subject.index.base, []).append(subject)
        return found

    def _subjects(self, now: int) -> list[Subject]:
        made = [self._subject(index, now) for index in self.cluster.indices]
        return sorted(made, key=lambda subject: subject.order)

    def _subject(self, index: IndexFacts, now: int) -> Subject:
        life = self.policies.life_of(index.partition.stream)
        end = period_end(index.partition.period)
        return Subject(index, life, self.bounds, now, end, counted_from(index, life))


def is_closed(index: IndexFacts) -> bool:
    """Whether writes to ``index`` are blocked and new records go elsewhere."""
    return index.is_write_blocked and not index.is_write_index


def counted_from(index: IndexFacts, life: Life) -> int | None:
    """The instant that the ages of ``index`` count from; None where its records cannot be read.

    The newest record that it holds; as long as more can come, not before the end of its period.
    """
    by_records = life.counts_from == "records"
    end = period_end(index.partition.period)
    if not index.is_open:
        return None
    newest = index.newest if by_records else index.newest_arrival
    if index.health == "red":
        # Its newest record may lie in a shard that is away; it is not newer than its period.
        return max(end, newest or end) if by_records and end is not None else None
    if newest is None:
        return None if index.documents else max(end or 0, index.created_at)
    if is_closed(index) or end is None or not by_records:
        return newest
    return max(newest, end)


# Hundreds of indices have few periods, and each plan asks again.
@lru_cache(maxsize=4_096)
def period_end(period: str) -> int | None:
    """Last instant of the period of this name; None for one without end."""
    span = span_of(period)
    return span[1] if span else None


def archived_since(archive: ArchiveFacts, life: Life) -> int:
    """The instant that the ages of ``archive`` count from."""
    newest = archive.newest if life.counts_from == "records" else archive.newest_arrival
    if newest is not None:
        return newest
    return max(period_end(archive.partition.period) or 0, archive.taken_at)
