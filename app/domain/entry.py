"""The record: one immutable log entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from typing import cast

from app.domain import metadata as meta
from app.domain.errors import InvalidRecordError
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, datetime_to_ns, ns_to_datetime
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue

#: Longest id in bytes of UTF-8: Elasticsearch's limit for ``_id``.
MAX_ID_BYTES = 512


@dataclass(frozen=True, eq=True)
class LogEntry:
    """One log entry as it is stored.

    Attributes:
        id: unique name of the record, at most 512 bytes of UTF-8.
        timestamp: when it happened; aware, kept in UTC, between 1970 and 2262.
        nanosecond: what the timestamp has beyond its microseconds, 0 to 999.
        metadata: any JSON object; read-only all the way down.

    Raises:
        InvalidRecordError: naive or out-of-range timestamp, or an id that cannot be stored.
    """

    id: str
    timestamp: datetime
    level: LogLevel
    service: str
    message: str
    metadata: Mapping[str, JsonValue] = field(default_factory=lambda: meta.EMPTY)
    source_ip: IPv4Address | IPv6Address | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    nanosecond: int = 0

    def __post_init__(self) -> None:
        if not self.id or len(self.id.encode("utf-8", "surrogatepass")) > MAX_ID_BYTES:
            raise InvalidRecordError("id", f"must have 1 to {MAX_ID_BYTES} bytes")
        if self.timestamp.tzinfo is None:
            raise InvalidRecordError("timestamp", "must carry a time zone")
        if not 0 <= self.nanosecond <= 999:
            raise InvalidRecordError("nanosecond", "must lie between 0 and 999")
        if not MIN_INSTANT <= self.timestamp_ns <= MAX_INSTANT:
            raise InvalidRecordError("timestamp", "must lie between 1970-01-01 and 2262-04-11")
        if self.timestamp.tzinfo is not UTC:
            object.__setattr__(self, "timestamp", self.timestamp.astimezone(UTC))
        if self.metadata is not meta.EMPTY:
            frozen = cast("Mapping[str, JsonValue]", meta.freeze(self.metadata))
            object.__setattr__(self, "metadata", frozen)

    def __hash__(self) -> int:
        return hash(self.id)

    @cached_property
    def timestamp_ns(self) -> int:
        """The timestamp in nanoseconds since the epoch."""
        return datetime_to_ns(self.timestamp, self.nanosecond)


def split_instant(instant: int) -> tuple[datetime, int]:
    """``instant`` in nanoseconds as the pair (timestamp, nanosecond) of a ``LogEntry``."""
    return ns_to_datetime(instant), instant % 1_000
