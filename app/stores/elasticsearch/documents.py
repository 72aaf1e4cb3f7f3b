"""Records as Elasticsearch documents, and back."""

import struct
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from msgspec.json import Encoder

from app.domain.addresses import to_address
from app.domain.entry import LogEntry, split_instant
from app.domain.instants import NANOS_PER_SECOND, datetime_to_ns, format_instant
from app.domain.joined_words import parts
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue, leaves
from app.domain.ports import Clock

_LEVEL_NAMES = {level: level.name for level in LogLevel}
_LARGEST = sys.float_info.max
_ZERO = b"\0"
_to_bytes = struct.Struct(">d").pack


class IngestSequence:
    """Rising numbers that break the tie between records of one timestamp, and tell when they came.

    Nanoseconds since the epoch, one more than the last where the clock does not move on.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def take(self, count: int) -> int:
        """The first of ``count`` numbers in a row."""
        with self._lock:
            first = max(self._clock(), self._last + 1)
            self._last = first + count - 1
            return first


# A Struct, as it is made and written faster than a dictionary of the same (1.1 µs against 1.4).
class Document(Struct, frozen=True, gc=False, omit_defaults=True):
    """The ``_source`` of a record; what the record does not have is not written."""

    timestamp: str
    level: str
    service: str
    message: str
    ingest_sequence: int
    metadata: Mapping[str, JsonValue] | None = None
    numbers: list[str] | None = None
    parts: list[str] | None = None
    source_ip: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


def to_document(entry: LogEntry, sequence: int) -> Document:
    """``entry`` as it is stored."""
    metadata = entry.given_metadata
    return Document(
        format_instant(entry.timestamp_ns),
        _LEVEL_NAMES[entry.level],
        entry.service,
        entry.message,
        sequence,
        metadata or None,
        (_numbers(metadata) or None) if metadata else None,
        parts(entry.message) or None,
        entry.given_source_ip,
        entry.correlation_id,
        entry.trace_id,
        entry.span_id,
    )


def _plain(value: object) -> object:
    """What the encoder does not know by itself: read-only views, and types derived from plain ones."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


_encoder = Encoder(enc_hook=_plain)
#: A value as JSON on one line. Whole numbers of any size are kept.
encode: Callable[[object], bytes] = _encoder.encode
#: Several values as JSON, each on a line of its own.
encode_lines: Callable[[Sequence[object]], bytes] = _encoder.encode_lines


def from_hit(hit: Mapping[str, Any]) -> LogEntry:
    """The record of a search hit or a ``get`` answer."""
    source = hit["_source"]
    timestamp, nanosecond = split_instant(parse_stored_instant(source["timestamp"]))
    address = source.get("source_ip")
    return LogEntry(
        id=hit["_id"],
        timestamp=timestamp,
        nanosecond=nanosecond,
        level=LogLevel[source["level"]],
        service=source["service"],
        message=source["message"],
        metadata=source.get("metadata", {}),
        source_ip=to_address(address) if address is not None else None,
        correlation_id=source.get("correlation_id"),
        trace_id=source.get("trace_id"),
        span_id=source.get("span_id"),
    )


def encode_number(value: float) -> str | None:
    """``value`` as text that sorts as the double does; None outside the range of a double.

    The bits of an IEEE 754 double sort as an unsigned integer once the sign bit is flipped for
    positive numbers and every bit for negative ones. Zero bytes at the end change neither order nor
    identity; without them a small whole number is 4 digits in hexadecimal instead of 16.
    """
    try:
        number = value + 0.0  # a double, and never -0.0
    except OverflowError:
        return None
    if 0 <= number <= _LARGEST:
        return _to_bytes(-number).rstrip(_ZERO).hex()  # to negate is to flip the sign bit
    if -_LARGEST <= number < 0:
        bits = int.from_bytes(_to_bytes(number)) ^ 0xFFFFFFFFFFFFFFFF
        return bits.to_bytes(8).rstrip(_ZERO).hex()
    return None


def parse_stored_instant(text: str) -> int:
    """The instant of a timestamp that ``format_instant`` wrote."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return datetime_to_ns(moment) + int(fraction.ljust(9, "0") or 0) % NANOS_PER_SECOND


def number_term(path: str, encoded: str) -> str:
    """The term of the number ``encoded`` at ``path``; the terms of one path sort by the number.

    No path contains the separator: Elasticsearch refuses it in a key of a flattened field.
    """
    return f"{path}\0{encoded}"


def _numbers(metadata: Mapping[str, Any]) -> list[str]:
    """The terms of the numbers in ``metadata``."""
    numbers = []
    for path, value in metadata.items():
        kind = type(value)
        if kind is int or kind is float:
            if 0 < value < _LARGEST:  # the usual number, without a call
                numbers.append(f"{path}\0{_to_bytes(-value).rstrip(_ZERO).hex()}")
            elif (text := encode_number(value)) is not None:
                numbers.append(number_term(path, text))
        elif kind is not str and kind is not bool:
            # An object or array: its numbers have longer paths, or share one.
            return _numbers_inside(metadata)
    return numbers


def _numbers_inside(metadata: Mapping[str, JsonValue]) -> list[str]:
    return [
        number_term(path, text)
        for path, leaf in leaves(metadata)
        if not isinstance(leaf, str | bool) and (text := encode_number(leaf)) is not None
    ]
