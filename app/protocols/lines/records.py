"""From what a file's lines say to the records that the API takes."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.domain.draft import CONTROL_CHARACTERS, MAX_MESSAGE_BYTES, MAX_SERVICE_LENGTH
from app.domain.instants import NANOS_PER_SECOND, format_instant
from app.domain.levels import LogLevel
from app.protocols.lines.assemble import Assembled
from app.protocols.lines.json_lines import fits
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.texts import cut_text, text_of

#: From this size of its lines on, metadata is measured before it is sent.
_MEASURED_FROM = 262_144


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the records of one file come from.

    Attributes:
        label: tells this file from others in the ids of its records.
        service: of records whose lines state none.
        is_service_given: the service is that of every record, whatever the lines state.
    """

    label: str
    service: str
    is_service_given: bool = False


def to_records(assembled: Assembled, origin: Origin) -> list[dict[str, Any]]:
    """The records of the API: one, but for messages beyond its limit and lines that hold several."""
    parsed = assembled.parsed
    message = assembled.message()
    if len(assembled.raw) >= _MEASURED_FROM and not fits(parsed.metadata):
        message, parsed.metadata = text_of(bytes(assembled.raw)), {}
    records = [
        _record(parsed, origin, piece)
        for piece in (cut_text(message, MAX_MESSAGE_BYTES) if len(message) > 250_000 else [message])
    ]
    records += [_record(other, origin, other.message) for other in parsed.more or ()]
    for part, record in enumerate(records):
        record["id"] = record_id(origin.label, assembled.start, assembled.raw, part)
    return records


def record_id(label: str, offset: int, raw: bytes | bytearray, part: int = 0) -> str:
    """32 hexadecimal digits that the same bytes at the same place of the same file always give."""
    digest = hashlib.blake2b(f"{label}\0{offset}\0{part}\0".encode(), digest_size=16)
    digest.update(raw)
    return digest.hexdigest()


def _record(parsed: ParsedLine, origin: Origin, message: str) -> dict[str, Any]:
    metadata = parsed.metadata
    service = parsed.service
    if service is None or origin.is_service_given:
        if service is not None and service != origin.service:
            metadata = {**metadata, "program": service}
        service = origin.service
    else:
        # What a line states is cut to what a service may be, rather than that the line be refused.
        service = CONTROL_CHARACTERS.sub("", service[:MAX_SERVICE_LENGTH]).strip() or origin.service
    record: dict[str, Any] = {
        "id": "",
        "timestamp": instant_text(parsed.instant or 0),
        "level": (parsed.level or LogLevel.INFO).name,
        "service": service,
        "message": message,
    }
    if metadata:
        record["metadata"] = metadata
    for name in ("source_ip", "correlation_id", "trace_id", "span_id"):
        value = getattr(parsed, name)
        if value is not None:
            record[name] = value
    return record


def instant_text(instant: int) -> str:
    """RFC 3339 in UTC, the same as ``format_instant``; the text of a second is remembered."""
    seconds, nanos = divmod(instant, NANOS_PER_SECOND)
    if nanos % 1_000_000 == 0:
        return f"{_second_text(seconds)}.{nanos // 1_000_000:03d}Z"
    return format_instant(instant)


@lru_cache(4_096)
def _second_text(seconds: int) -> str:
    return format_instant(seconds * NANOS_PER_SECOND).removesuffix(".000Z")
