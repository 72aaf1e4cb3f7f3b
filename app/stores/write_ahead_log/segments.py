"""What is known of the segments: where each record is and which are finished. No I/O.

Some bytes a record and no payloads, so that a long outage does not fill the memory.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from pathlib import Path
from threading import Lock

from app.stores.write_ahead_log.checkpoint import Checkpoint
from app.stores.write_ahead_log.records import RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, Record

#: How many records may have moved, at some 100 bytes of memory each.
_MOST_MOVED = 500_000
_NAME = re.compile(r"segment-(\d{20})\.wal")


def segment_name(first_lsn: int) -> str:
    """The name of the file that begins with ``first_lsn``."""
    return f"segment-{first_lsn:020}.wal"


def first_lsn_of(name: str) -> int | None:
    """The LSN in the name of a segment; None if it is the name of something else."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


class Segment:
    """One file.

    Attributes:
        first_lsn: of its first record, also while there is none.
        size: bytes of the file.
        pending: how many records are not finished.
        pending_bytes: of their payloads.
        is_open: it may still grow, so it cannot go.
        has_evidence: it holds damaged bytes of which there is no copy.
        has_damage: a record in it could not be moved.
    """

    def __init__(self, folder: Path, first_lsn: int, size: int = SEGMENT_HEADER_BYTES) -> None:
        self.first_lsn = first_lsn
        self.path = folder / segment_name(first_lsn)
        self.size = size
        self.pending = 0
        self.pending_bytes = 0
        self.is_open = False
        self.has_evidence = False
        self.has_damage = False
        # Indexed by the distance to the first LSN.
        self._offsets = array("Q")
        self._lengths = array("I")
        self._is_gone = bytearray()

    @property
    def needed_bytes(self) -> int:
        """Of the file, those of the records that are not finished."""
        return self.pending_bytes + self.pending * RECORD_HEADER_BYTES

    @property
    def next_lsn(self) -> int:
        """The LSN behind its last record."""
        return self.first_lsn + len(self._is_gone)

    def add(self, record: Record, *, is_finished: bool = False) -> None:
        """Take note of the next record; LSNs that were left out count as gone."""
        left_out = record.lsn - self.next_lsn
        self._offsets.extend([0] * left_out + [record.offset])
        self._lengths.extend([0] * left_out + [record.length])
        self._is_gone.extend(b"\1" * left_out + bytes([is_finished]))
        if not is_finished:
            self.pending += 1
            self.pending_bytes += record.length

    def find(self, lsn: int) -> Record | None:
        """The record if it is here and not finished."""
        index = lsn - self.first_lsn
        if not 0 <= index < len(self._is_gone) or self._is_gone[index]:
            return None
        return Record(lsn, self._offsets[index], self._lengths[index])

    def finish(self, lsn: int) -> bool:
        """The record is done with; False if it was already."""
        record = self.find(lsn)
        if record is None:
            return False
        self._is_gone[lsn - self.first_lsn] = 1
        self.pending -= 1
        self.pending_bytes -= record.length
        return True

    def unfinished(self) -> list[int]:
        """The LSNs that are not finished, in order."""
        return list(self.each_unfinished())

    def each_unfinished(self) -> Iterator[int]:
        """Those, one by one."""
        index = self._is_gone.find(0)
        while index >= 0:
            yield self.first_lsn + index
            index = self._is_gone.find(0, index + 1)

    def length(self, lsn: int) -> int:
        """Bytes of the payload of a record that is here."""
        return self._lengths[lsn - self.first_lsn]

    def first_unfinished(self) -> int | None:
        """The smallest LSN that is not finished."""
        index = self._is_gone.find(0)
        return None if index < 0 else self.first_lsn + index


class Segments:
    """All segments of a log, oldest first; safe for use from several threads.

    A record that has moved is still found under the LSN that it was given first.

    Attributes:
        moved_records: how many have moved so far.
    """

    def __init__(self, segments: list[Segment], accepted: int, next_lsn: int) -> None:
        self._lock = Lock()
        self._all = segments
        self._accepted = accepted
        self._next_lsn = next_lsn
        # Where the records that have moved stand now.
        self._moved: dict[int, int] = {}
        self.moved_records = 0

    @property
    def accepted(self) -> int:
        """The last LSN that was made durable; 0 if none was."""
        return self._accepted

    @property
    def next_lsn(self) -> int:
        """The LSN to give out next."""
        return self._next_lsn

    @property
    def newest(self) -> int:
        """The first LSN of the newest segment; 0 if there is none."""
        with self._lock:
            return self._all[-1].first_lsn if self._all else 0

    def begin(self, segment: Segment) -> None:
        """Add a new one at the end."""
        with self._lock:
            self._all.append(segment)

    def accept(
        self, segment: Segment, records: list[Record], moved_from: Sequence[int] = ()
    ) -> None:
        """These were made durable, at the end of ``segment``; some stood elsewhere before."""
        with self._lock:
            for record in records:
                segment.add(record)
            segment.size = records[-1].end
            self._accepted = records[-1].lsn
            self._next_lsn = self._accepted + 1
            if moved_from:
                self._move(moved_from, records)

    def skip(self, count: int) -> None:
        """The next LSNs may stand in a file that was given up: they are never given out."""
        with self._lock:
            self._next_lsn += count

    def find(self, lsn: int) -> tuple[Segment, Record] | None:
        """Where an unfinished record is."""
        with self._lock:
            place = self._moved.get(lsn, lsn)
            segment = self._holder(place)
            record = segment.find(place) if segment else None
            return (segment, record) if segment and record else None

    def finish(self, lsns: Iterable[int]) -> None:
        """Mark them."""
        with self._lock:
            for lsn in lsns:
                self._finish(lsn)

    def finish_in(self, segment: Segment, lsn: int) -> bool:
        """Mark this one if it stands in ``segment`` and is not finished; answers whether it was so."""
        with self._lock:
            if self._holder(self._moved.get(lsn, lsn)) is not segment:
                return False
            segment.has_damage = False  # as far as is known without it
            return self._finish(lsn)

    def sparsest(self, most_bytes: int, enough_bytes: int) -> list[int]:
        """Where unfinished records stand of the closed segment of which least is needed.

        The first of them, up to ``enough_bytes`` about; none if more than half of each segment is
        needed, or more than ``most_bytes`` of this one.
        """
        with self._lock:
            some = [it for it in self._all if it.pending and not (it.is_open or it.has_damage)]
            least = min(some, key=lambda it: it.needed_bytes / it.size, default=None)
            if (
                least is None
                or least.needed_bytes > least.size / 2
                or least.needed_bytes + SEGMENT_HEADER_BYTES > most_bytes
                or least.pending + len(self._moved) > _MOST_MOVED
            ):
                return []
            lsns: list[int] = []
            for lsn in least.each_unfinished():
                lsns.append(lsn)
                enough_bytes -= least.length(lsn)
                if enough_bytes <= 0:
                    break
            return lsns

    def unfinished(self, below: int, behind: int = 0) -> Iterator[int]:
        """The LSNs between the two that are not finished, in order.

        One segment's at a time are in memory: there may be many millions.
        """
        with self._lock:
            moved = sorted(lsn for lsn in self._moved if behind < lsn < below)
            some = [it for it in self._all if it.first_lsn < below and behind + 1 < it.next_lsn]
        return merge(moved, self._unfinished_in(some, below, behind))

    def _unfinished_in(self, segments: list[Segment], below: int, behind: int) -> Iterator[int]:
        for segment in segments:
            with self._lock:
                lsns = segment.unfinished()
            yield from (lsn for lsn in lsns if behind < lsn < below)

    def finished(self) -> list[Segment]:
        """Those of which nothing is needed any more, oldest first.

        The newest goes only with all others: the checkpoint speaks of it.
        """
        with self._lock:
            going = [each for each in self._all if not each.is_open and not each.pending]
            is_last_kept = going and going[-1] is self._all[-1] and len(going) < len(self._all)
            return going[:-1] if is_last_kept else going

    def remove(self, segment: Segment) -> None:
        """Its file is gone."""
        with self._lock:
            self._all.remove(segment)

    def checkpoint(self) -> Checkpoint:
        """What to remember now."""
        with self._lock:
            firsts = (segment.first_unfinished() for segment in self._all)
            below = next((first for first in firsts if first is not None), self._next_lsn)
            return Checkpoint(below, self._accepted, self._next_lsn)

    def pending(self) -> tuple[int, int]:
        """How many records are not finished, and the bytes of their payloads."""
        with self._lock:
            count = sum(segment.pending for segment in self._all)
            return count, sum(segment.pending_bytes for segment in self._all)

    def disk_bytes(self) -> int:
        """The size of all files: summed anew each time, as a counter could drift and stop the log."""
        with self._lock:
            return sum(segment.size for segment in self._all)

    def _move(self, places: Sequence[int], records: Sequence[Record]) -> None:
        first_lsns = {place: lsn for lsn, place in self._moved.items()}
        for place, record in zip(places, records, strict=True):
            lsn = first_lsns.get(place, place)
            if self._finish(lsn):
                self._moved[lsn] = record.lsn
                self.moved_records += 1
            else:
                self._finish(record.lsn)  # it was finished while it was copied

    def _finish(self, lsn: int) -> bool:
        """Mark it; answers whether it was not finished before."""
        place = self._moved.pop(lsn, lsn)
        holder = self._holder(place)
        return holder is not None and holder.finish(place)

    def _holder(self, lsn: int) -> Segment | None:
        index = bisect_right(self._all, lsn, key=lambda segment: segment.first_lsn)
        return self._all[index - 1] if index else None
