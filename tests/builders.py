"""Records with a sensible value in every field, so that a test names only what it is about."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address

from app.domain.dead_letters import DeadLetter
from app.domain.draft import Draft
from app.domain.entry import LogEntry, split_instant
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOON_NS = 1_795_521_600_000_000_000

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR


def entry(  # noqa: PLR0913 - every field of a record
    id: str = "1",
    *,
    at: int = NOON_NS,
    level: LogLevel = LogLevel.INFO,
    service: str = "checkout",
    message: str = "payment accepted",
    metadata: Mapping[str, JsonValue] | None = None,
    source_ip: str | None = None,
    correlation_id: str | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
) -> LogEntry:
    """A stored record; ``at`` is its instant in nanoseconds."""
    timestamp, nanosecond = split_instant(at)
    return LogEntry(
        id=id,
        timestamp=timestamp,
        nanosecond=nanosecond,
        level=level,
        service=service,
        message=message,
        metadata=metadata or {},
        source_ip=ip_address(source_ip) if source_ip else None,
        correlation_id=correlation_id,
        trace_id=trace_id,
        span_id=span_id,
    )


def draft(  # noqa: PLR0913 - every field of a record
    id: str | None = None,
    *,
    at: int | None = None,
    level: LogLevel = LogLevel.INFO,
    service: str = "checkout",
    message: str = "payment accepted",
    metadata: Mapping[str, JsonValue] | None = None,
    source_ip: str | None = None,
    correlation_id: str | None = None,
    trace_id: str | None = None,
    span_id: str | None = None,
) -> Draft:
    """A record on its way in; ``at`` is its instant in nanoseconds."""
    return Draft(
        id=id,
        instant=at,
        level=level,
        service=service,
        message=message,
        metadata=metadata or {},
        source_ip=source_ip,
        correlation_id=correlation_id,
        trace_id=trace_id,
        span_id=span_id,
    )


def dead_letter(id: str = "l1", *, service: str = "checkout", reason: str = "") -> DeadLetter:
    """A letter whose record has the id of the letter with an ``r`` before it."""
    return DeadLetter(
        id=id,
        record_id=f"r{id}",
        service=service,
        index="logfeed-default-2026.11.24-000001",
        reason=reason or "document_parsing_exception: [1:14] failed to parse field [timestamp]",
        error_type="document_parsing_exception",
        attempts=1,
        first_refused=NOON_NS,
        last_refused=NOON_NS + SECOND,
        record={"id": f"r{id}", "service": service, "message": "payment accepted"},
    )
