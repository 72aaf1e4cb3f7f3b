"""Records as Elasticsearch documents, and back."""

import json
import struct
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

from app.domain.addresses import to_address, to_text
from app.domain.entry import LogEntry, split_instant
from app.domain.instants import NANOS_PER_SECOND, datetime_to_ns, format_instant
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue, leaves
from app.domain.ports import Clock

#: Bounds of every encoded number; range queries on a flattened field need both.
LOWEST_NUMBER = "0" * 16
HIGHEST_NUMBER = "f" * 16

_LEVEL_NAMES = {level: level.name for level in LogLevel}
_LARGEST = sys.float_info.max
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


def to_source(entry: LogEntry, sequence: int) -> bytes:
    """The ``_source`` of ``entry``: JSON on one line."""
    source: dict[str, Any] = {
        "timestamp": format_instant(entry.timestamp_ns),
        "level": _LEVEL_NAMES[entry.level],
        "service": entry.service,
        "message": entry.message,
        "ingest_sequence": sequence,
    }
    if metadata := entry.given_metadata:
        source["metadata"] = metadata
        if numbers := _numbers(metadata):
            source["metadata_numbers"] = numbers
    if entry.source_ip is not None:
        source["source_ip"] = to_text(entry.source_ip)
    if entry.correlation_id is not None:
        source["correlation_id"] = entry.correlation_id
    if entry.trace_id is not None:
        source["trace_id"] = entry.trace_id
    if entry.span_id is not None:
        source["span_id"] = entry.span_id
    return encode(source)


def encode(value: object) -> bytes:
    """``value`` as JSON on one line. Whole numbers of any size are kept."""
    try:
        return orjson.dumps(value, default=_plain)
    except orjson.JSONEncodeError:
        # orjson stops at 64 bits, the standard library does not.
        return json.dumps(value, ensure_ascii=False, default=_plain).encode()


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
    positive numbers and every bit for negative ones.
    """
    try:
        number = value + 0.0  # a double, and never -0.0
    except OverflowError:
        return None
    if 0 <= number <= _LARGEST:
        return _to_bytes(-number).hex()  # to negate is to flip the sign bit
    if -_LARGEST <= number < 0:
        return f"{int.from_bytes(_to_bytes(number)) ^ 0xFFFFFFFFFFFFFFFF:016x}"
    return None


def parse_stored_instant(text: str) -> int:
    """The instant of a timestamp that ``format_instant`` wrote."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return datetime_to_ns(moment) + int(fraction.ljust(9, "0") or 0) % NANOS_PER_SECOND


def _numbers(metadata: Mapping[str, Any]) -> Mapping[str, str | list[str]]:
    """The numbers in ``metadata`` by their paths."""
    numbers: dict[str, str | list[str]] = {}
    for path, value in metadata.items():
        kind = type(value)
        if kind is int or kind is float:
            if 0 < value < _LARGEST:  # the usual number, without a call
                numbers[path] = _to_bytes(-value).hex()
            elif (text := encode_number(value)) is not None:
                numbers[path] = text
        elif kind is not str and kind is not bool:
            # An object or array: the numbers in it may share a path.
            return _numbers_inside(metadata)
    return numbers


def _numbers_inside(metadata: Mapping[str, JsonValue]) -> dict[str, list[str]]:
    numbers: dict[str, list[str]] = {}
    for path, leaf in leaves(metadata):
        if not isinstance(leaf, str | bool) and (text := encode_number(leaf)) is not None:
            numbers.setdefault(path, []).append(text)
    return numbers


def _plain(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
