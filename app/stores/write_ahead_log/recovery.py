"""Finding out, from the files alone, what a log holds.

How many LSNs a segment had is known from the header of the next one, or from the checkpoint: so
that bytes which a crash cut off can be told from records which were accepted and are gone.
"""

import errno
import logging
from dataclasses import dataclass, field
from pathlib import Path

from app.stores.write_ahead_log import checkpoint, records
from app.stores.write_ahead_log.checkpoint import Checkpoint
from app.stores.write_ahead_log.damage import set_aside
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.records import (
    SEGMENT_HEADER_BYTES,
    Gap,
    Record,
    SegmentHeader,
    Tail,
)
from app.stores.write_ahead_log.segments import Segment, first_lsn_of

_SECTOR_BYTES = 4096

_logger = logging.getLogger(__name__)


@dataclass
class Recovered:
    """What was found.

    Attributes:
        segments: oldest first.
        accepted: the last LSN known to have been made durable; 0 if none.
        next_lsn: greater than all that were ever given out.
        damaged_records: records that are lost, and headers that are not whole.
        torn_tails: ends of files that a crash had cut off.
    """

    segments: list[Segment] = field(default_factory=list)
    accepted: int = 0
    next_lsn: int = 1
    damaged_records: int = 0
    torn_tails: int = 0


def recover(folder: Path, files: Files) -> Recovered:
    """Read the segments of ``folder``.

    Raises:
        OSError: a file cannot be opened now. Bytes that cannot be read are damage, not an error.
    """
    saved = checkpoint.load(folder, files) or Checkpoint(0, 0, 1)
    firsts = sorted(
        first for name in files.names(folder) if (first := first_lsn_of(name)) is not None
    )
    found = Recovered(accepted=saved.accepted, next_lsn=saved.next_lsn)
    newer: int | None = None
    header: SegmentHeader | None = None
    # The newest first: each segment is read knowing what the header of the next one says.
    for first in reversed(firsts):
        if newer is None:
            known = saved.accepted if saved.accepted >= first else None
        else:
            # Another one that has gone may have stood between the two.
            known = header.accepted_before if header and header.previous == first else None
        segment = Segment(folder, first)
        reading = _Reading(segment, files, found, saved.finished_below, known, newer is None)
        header = reading.run(skim=newer is not None and newer <= saved.finished_below)
        found.segments.insert(0, segment)
        if segment.next_lsn > first:
            found.accepted = max(found.accepted, segment.next_lsn - 1)
        # The name is never used again, also if there is nothing in the file.
        found.next_lsn = max(found.next_lsn, segment.next_lsn, first + 1)
        newer = first
    return found


@dataclass
class _Reading:
    """The reading of one segment.

    Attributes:
        known: the last LSN that was accepted into it, None if nothing says so.
        is_last: it is the one that was being written.
        is_readable: the disk gave all its bytes; else zeros stand where it did not.
    """

    segment: Segment
    files: Files
    found: Recovered
    finished_below: int
    known: int | None
    is_last: bool
    is_readable: bool = True

    def run(self, *, skim: bool) -> SegmentHeader | None:
        """Note its records; with ``skim`` none is needed. Answers its header, if that is whole."""
        descriptor = self.files.open(self.segment.path)
        try:
            self.segment.size = self.files.size(descriptor)
            if skim:
                return None
            data = self._read(descriptor)
            header = self._header(data)
            for part in records.scan(data, self.segment.first_lsn):
                match part:
                    case Record():
                        self._record(part)
                    case Gap():
                        self._damaged(data[part.start : part.end], part.start, max(1, part.lost))
                    case Tail() if not self._lost():
                        self._tail(data, part, descriptor)
                    case Tail():
                        self._damaged(data[part.start :], part.start, self._lost())
                        return header
            # Cut off between two records: no bytes to keep, but not silent either.
            self.found.damaged_records += self._lost()
            if self.is_last:
                self._settle(descriptor)
            return header
        finally:
            self.files.close(descriptor)

    def _read(self, descriptor: int) -> bytes:
        try:
            data = self.files.read(descriptor, self.segment.size, 0)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        # As one piece, to have it in memory once; else sector by sector, to lose only the bad ones.
        return data if len(data) == self.segment.size else self._read_sectors(descriptor)

    def _read_sectors(self, descriptor: int) -> bytes:
        data = bytearray()
        while len(data) < self.segment.size:
            wanted = min(_SECTOR_BYTES, self.segment.size - len(data))
            try:
                part = self.files.read(descriptor, wanted, len(data))
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                part = bytes(wanted)
                self.is_readable = False
            if not part:
                break
            data += part
        return bytes(data)

    def _header(self, data: bytes) -> SegmentHeader | None:
        header = records.segment_header(data, self.segment.first_lsn)
        # One that is short or empty was cut off by a crash, before anything was accepted here.
        if header is None and data.count(0) != len(data) and len(data) >= SEGMENT_HEADER_BYTES:
            self._damaged(data[:SEGMENT_HEADER_BYTES], 0, 1)
        return header

    def _record(self, record: Record) -> None:
        is_refused = not self.is_last and self.known is not None and record.lsn > self.known
        if not is_refused:
            self.segment.add(record, is_finished=record.lsn < self.finished_below)

    def _lost(self) -> int:
        """How many records were accepted, are not finished, and are not found at the end."""
        if self.known is None:
            return 0
        return max(0, self.known + 1 - max(self.segment.next_lsn, self.finished_below))

    def _tail(self, data: bytes, tail: Tail, descriptor: int) -> None:
        if not self.is_last and self.known is not None:
            return  # of a group that was refused
        if not (self.is_last and tail.is_torn and self.is_readable):
            self._damaged(data[tail.start :], tail.start, 1)
            return
        self.found.torn_tails += 1
        _logger.warning("%s ended in %d torn bytes", self.segment.path, len(data) - tail.start)
        try:
            self.files.truncate(descriptor, tail.start)
            self.segment.size = tail.start
        except OSError as error:
            _logger.warning("%s could not be cut: %s", self.segment.path, error)

    def _settle(self, descriptor: int) -> None:
        """What a killed process had written and not synced is found here: make it durable now."""
        try:
            self.files.fdatasync(descriptor)
        except OSError as error:
            _logger.warning("%s could not be synced: %s", self.segment.path, error)

    def _damaged(self, data: bytes, start: int, lost: int) -> None:
        self.found.damaged_records += lost
        set_aside(self.segment, data, start, self.files)
        if not self.is_readable:
            self.segment.has_evidence = True  # the copy is not what the disk may still give
