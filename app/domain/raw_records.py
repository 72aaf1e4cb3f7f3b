"""Records as the JSON that the API shows."""

import json

from msgspec import Raw, Struct

from app.domain.entry import LogEntry
from app.domain.instants import format_instant
from app.domain.metadata import thaw


class RawRecord(Struct, frozen=True, gc=False):
    """A record as the API shows it; each field but the id is JSON that need not have been decoded."""

    id: str
    timestamp: Raw
    level: Raw
    service: Raw
    message: Raw
    metadata: Raw
    source_ip: Raw
    correlation_id: Raw
    trace_id: Raw
    span_id: Raw


def raw_record(entry: LogEntry) -> RawRecord:
    """``entry`` field by field; what it does not have is null."""
    return RawRecord(
        entry.id,
        _raw(format_instant(entry.timestamp_ns)),
        _raw(entry.level.name),
        _raw(entry.service),
        _raw(entry.message),
        _raw(thaw(entry.metadata)),
        _raw(entry.given_source_ip),
        _raw(entry.correlation_id),
        _raw(entry.trace_id),
        _raw(entry.span_id),
    )


def _raw(value: object) -> Raw:
    # The standard library writes whole numbers of any size, and types derived from plain ones.
    return Raw(json.dumps(value, separators=(",", ":")).encode())
