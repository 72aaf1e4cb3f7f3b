"""Records as the JSON that the API shows."""

import json

from msgspec import Raw, Struct

from app.domain.entry import LogEntry
from app.domain.instants import format_instant
from app.domain.metadata import thaw

_NULL = Raw(b"null")


class RawRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A record as the API shows it; each field but the id is JSON that need not have been decoded.

    The defaults are for what is stored, which leaves out what a record does not have.
    """

    id: str = ""
    timestamp: Raw
    level: Raw
    service: Raw
    message: Raw
    metadata: Raw = Raw(b"{}")
    source_ip: Raw = _NULL
    correlation_id: Raw = _NULL
    trace_id: Raw = _NULL
    span_id: Raw = _NULL


def raw_record(entry: LogEntry) -> RawRecord:
    """``entry`` field by field; what it does not have is null."""
    return RawRecord(
        id=entry.id,
        timestamp=_raw(format_instant(entry.timestamp_ns)),
        level=_raw(entry.level.name),
        service=_raw(entry.service),
        message=_raw(entry.message),
        metadata=_raw(thaw(entry.metadata)),
        source_ip=_raw(entry.given_source_ip),
        correlation_id=_raw(entry.correlation_id),
        trace_id=_raw(entry.trace_id),
        span_id=_raw(entry.span_id),
    )


def _raw(value: object) -> Raw:
    # The standard library writes whole numbers of any size, and types derived from plain ones.
    return Raw(json.dumps(value, separators=(",", ":")).encode())
