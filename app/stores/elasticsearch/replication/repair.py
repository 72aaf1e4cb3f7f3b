"""Anti-entropy: finds what one cluster has and the other lacks, whatever the reason, and copies it.

Hours of each partition are compared by count first, then by a digest over their ids. Hours in which
nothing is left to copy are noted with both counts, and not read again while these stay.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import structlog

from app.domain.errors import LogfeedError
from app.domain.ports import Clock
from app.domain.sharding import Partition
from app.stores.elasticsearch.replication.agreed import Agreed
from app.stores.elasticsearch.replication.delivery import Delivery, Parcel
from app.stores.elasticsearch.replication.digests import Digest, in_groups, slot_of
from app.stores.elasticsearch.replication.listing import HOUR_MS, Listing, hours, listing
from app.stores.elasticsearch.replication.site import Site

_log = structlog.get_logger(__name__)

#: Most ids of one side that are held at a time.
_MOST_IDS = 200_000
_AT_ONCE = 200
#: An hour is closed so long after its end: until then its records are on their way by position.
_SETTLES_MS = 600_000


@dataclass(frozen=True)
class Repaired:
    """What a comparison did.

    Attributes:
        compared: hours whose ids were read.
        copied: records that were missing and are stored now.
    """

    compared: int = 0
    copied: int = 0


@dataclass
class Repair:
    """Copies to ``target`` what ``source`` has more.

    A partition that the target lacks is left alone unless it was never there: the target's retention has
    deleted it, and it must not come back.

    Args:
        stopped: whether to give up.
        new_here: of the partitions that the target lacks, those that it never had. By default none: what
            is new at the source comes by position.
    """

    source: Site
    target: Site
    delivery: Delivery
    agreed: Agreed
    clock: Clock
    stopped: Callable[[], bool] = lambda: False
    new_here: Callable[[Collection[Partition]], Collection[Partition]] = lambda lacking: ()

    def run(self, *, with_open: bool = False) -> Repaired:
        """Compare everything; with the hours that are still open if asked to.

        Raises:
            StoreUnavailableError: a side cannot be asked now.
        """
        compared = copied = 0
        here, there = self.target.partitions(), self.source.partitions()
        lacking = there.keys() - here.keys()
        here |= {partition: [] for partition in (self.new_here(lacking) if lacking else ())}
        common = sorted(here.keys() & there.keys(), key=lambda part: part.period, reverse=True)
        self.target.indices.forget()
        self.target.indices.catalog()
        for partition in common:
            for hour in self._to_compare(
                partition, there[partition], here[partition], with_open=with_open
            ):
                if self.stopped():
                    return Repaired(compared, copied)
                compared += 1
                copied += self._compare(partition, there[partition], here[partition], hour)
        self.agreed.save(common)
        if copied:
            _log.info("records_repaired", records=copied, region=self.target.region)
        return Repaired(compared, copied)

    def _to_compare(
        self, partition: Partition, there: list[str], here: list[str], *, with_open: bool
    ) -> Iterator[int]:
        theirs, ours = hours(self.source, there), hours(self.target, here)
        closed_before = self.clock() // 1_000_000 - _SETTLES_MS - HOUR_MS
        for hour, number in sorted(theirs.items(), reverse=True):
            if hour > closed_before and not with_open:
                continue
            if self.agreed.counts(partition, hour) != (number, ours.get(hour, 0)):
                yield hour

    def _compare(self, partition: Partition, there: list[str], here: list[str], hour: int) -> int:
        """How many records of this hour were copied."""
        copied = 0
        with (
            listing(self.source, there, hour) as theirs,
            listing(self.target, here, hour) as ours,
        ):
            their_digest, our_digest = _digest(theirs), _digest(ours)
            differing = their_digest.differing(our_digest)
            for slots in in_groups(differing, their_digest, _MOST_IDS):
                missing = _ids(theirs, slots) - _ids(ours, slots)
                copied += self._copy(partition, there, sorted(missing))
        if not copied:
            # They agree, or this side has more, or what it lacks lies in its dead letters.
            self.agreed.note(partition, hour, (sum(their_digest.counts), sum(our_digest.counts)))
        return copied

    def _copy(self, partition: Partition, there: list[str], missing: list[str]) -> int:
        parcels: list[Parcel] = []
        for start in range(0, len(missing), _AT_ONCE):
            left = missing[start : start + _AT_ONCE]
            for name in reversed(there):
                if not left:
                    break
                found = self.source.reader.fetch(name, left)
                if found:
                    parcels.append(self.delivery.submit(partition, found))
                left = [own for own in left if own not in {known for known, _ in found}]
            while self.delivery.is_full and not self.stopped():
                self.delivery.wait(1.0)
        while not all(parcel.is_done for parcel in parcels):
            if self.stopped():
                raise LogfeedError("the comparison was ended before all was stored")
            self.delivery.wait(1.0)
        return sum(parcel.created for parcel in parcels)


def _digest(view: Listing) -> Digest:
    digest = Digest()
    for ids in view.pages():
        digest.add(ids)
    return digest


def _ids(view: Listing, slots: set[int]) -> set[str]:
    return {own for ids in view.pages() for own in ids if slot_of(own) in slots}
