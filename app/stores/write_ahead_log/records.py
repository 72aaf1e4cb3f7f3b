"""The bytes of a segment: a header, then records one after the other.

segment header: magic(4) | crc32 u32 of the rest | first LSN u64 | last LSN accepted before it u64
                | first LSN of the segment before it u64
record:         magic(4) | payload length u32 | crc32 u32 of LSN and payload | LSN u64 | payload

Little-endian. Each record has a magic, so that a reader finds the next good one behind a bad one.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

#: Begins with a byte that is in no UTF-8 text: a payload of JSON cannot be taken for a record.
RECORD_MAGIC = b"\xf7rec"
_SEGMENT_MAGIC = b"\xf7wal"
_RECORD = struct.Struct("<4sIIQ")
_SEGMENT = struct.Struct("<4sIQQQ")

RECORD_HEADER_BYTES = _RECORD.size
SEGMENT_HEADER_BYTES = _SEGMENT.size
MOST_PAYLOAD_BYTES = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Record:
    """A good record: where it begins in its segment, and how long its payload is, in bytes."""

    lsn: int
    offset: int
    length: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + RECORD_HEADER_BYTES + self.length


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes between two good records that are none; ``lost`` LSNs were in there."""

    start: int
    end: int
    lost: int


@dataclass(frozen=True, slots=True)
class Tail:
    """Bytes behind the last good record; ``is_torn`` if a write that was cut off looks like this."""

    start: int
    is_torn: bool


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """What a segment says of itself and of the one that was written before it.

    Attributes:
        first_lsn: of its first record.
        accepted_before: the last LSN that was made durable before. Those between this one and
            ``first_lsn`` were refused, and do not count even if their bytes are found.
        previous: the first LSN of the segment before it; 0 if there was none.
    """

    first_lsn: int
    accepted_before: int
    previous: int

    def encode(self) -> bytes:
        """Its bytes."""
        rest = struct.pack("<QQQ", self.first_lsn, self.accepted_before, self.previous)
        return struct.pack("<4sI", _SEGMENT_MAGIC, zlib.crc32(rest)) + rest


def segment_header(data: bytes, first_lsn: int) -> SegmentHeader | None:
    """The header at the start of ``data``; None if it is not whole."""
    if len(data) < SEGMENT_HEADER_BYTES:
        return None
    magic, checksum, *rest = _SEGMENT.unpack_from(data)
    header = SegmentHeader(*rest)
    is_whole = checksum == zlib.crc32(data[8:SEGMENT_HEADER_BYTES])
    return (
        header if magic == _SEGMENT_MAGIC and is_whole and header.first_lsn == first_lsn else None
    )


def record_header(lsn: int, payload: bytes) -> bytes:
    """What goes before ``payload``."""
    return _RECORD.pack(RECORD_MAGIC, len(payload), _checksum(lsn, payload), lsn)


def payload_of(data: bytes, lsn: int) -> bytes | None:
    """The payload of the record that ``data`` is, whole and no more; None if it is damaged."""
    record = _record_at(data, 0, lsn, lsn)
    return data[RECORD_HEADER_BYTES:] if record and record.end == len(data) else None


def scan(data: bytes, first_lsn: int) -> Iterator[Record | Gap | Tail]:
    """Read the segment ``data``, in order; a Tail comes last, if there is one."""
    position, expected = SEGMENT_HEADER_BYTES, first_lsn
    while position < len(data):
        record = _record_at(data, position, expected, expected)
        if record is None:
            record = _next_good(data, position, expected)
            if record is None:
                yield Tail(position, _is_torn(data, position))
                return
            yield Gap(position, record.offset, record.lsn - expected)
        yield record
        position, expected = record.end, record.lsn + 1


def _checksum(lsn: int, payload: bytes | memoryview) -> int:
    return zlib.crc32(payload, zlib.crc32(lsn.to_bytes(8, "little")))


def _record_at(data: bytes, offset: int, lowest: int, highest: int) -> Record | None:
    """The record at ``offset`` if it is good and its LSN is in the range."""
    start = offset + RECORD_HEADER_BYTES
    if start > len(data):
        return None
    magic, length, checksum, lsn = _RECORD.unpack_from(data, offset)
    # The cheap checks first: bytes made to look like records must not cost a checksum each.
    if magic != RECORD_MAGIC or not lowest <= lsn <= highest or start + length > len(data):
        return None
    payload = memoryview(data)[start : start + length]
    return Record(lsn, offset, length) if _checksum(lsn, payload) == checksum else None


def _next_good(data: bytes, position: int, expected: int) -> Record | None:
    """The first good record behind the bad one at ``position``."""
    # If only the payload is bad the length leads to the neighbour, past what the payload holds.
    if position + RECORD_HEADER_BYTES <= len(data):
        length = _RECORD.unpack_from(data, position)[1]
        neighbour = position + RECORD_HEADER_BYTES + length
        if record := _record_at(data, neighbour, expected + 1, expected + 1):
            return record
    found = data.find(RECORD_MAGIC, position + 1)
    while found >= 0:
        # As many records may be missing as could have stood in the bytes between.
        highest = expected + (found - position) // RECORD_HEADER_BYTES
        if record := _record_at(data, found, expected, highest):
            return record
        found = data.find(RECORD_MAGIC, found + 1)
    return None


def _is_torn(data: bytes, position: int) -> bool:
    """Whether a crash in the middle of a write leaves such bytes: a record cut short, or zeros."""
    if data.count(0, position) == len(data) - position:
        return True
    left = len(data) - position
    if left < RECORD_HEADER_BYTES:
        return RECORD_MAGIC.startswith(data[position : position + 4])
    magic, length, _, _ = _RECORD.unpack_from(data, position)
    return bool(magic == RECORD_MAGIC and RECORD_HEADER_BYTES + length > left)
