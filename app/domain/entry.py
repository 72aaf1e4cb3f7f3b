"""The record: one immutable log entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any

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
            object.__setattr__(self, "metadata", meta.frozen(self.metadata))

    def __hash__(self) -> int:
        return hash(self.id)

    @classmethod
    def of_checked(  # noqa: PLR0913, PLR0917 - every field of a record
        cls,
        id: str,
        instant: int,
        level: LogLevel,
        service: str,
        message: str,
        metadata: Mapping[str, JsonValue],
        source_ip: IPv4Address | IPv6Address | None,
        correlation_id: str | None,
        trace_id: str | None,
        span_id: str | None,
    ) -> "LogEntry":
        """The record of fields that the filter chain has checked; ``metadata`` is handed over to it.

        The write path makes one for every record and mostly only writes it out. So nothing is
        checked again, the fields are put in place with one dict instead of a guarded assignment
        each, and the datetime and the read-only view of the metadata are made when asked for.
        """
        entry = object.__new__(cls)
        fields = {
            "id": id,
            "timestamp_ns": instant,
            "nanosecond": instant % 1_000,
            "level": level,
            "service": service,
            "message": message,
            "given_metadata": metadata,
            "source_ip": source_ip,
            "correlation_id": correlation_id,
            "trace_id": trace_id,
            "span_id": span_id,
        }
        object.__setattr__(entry, "__dict__", fields)
        return entry

    @cached_property
    def timestamp_ns(self) -> int:
        """The timestamp in nanoseconds since the epoch."""
        return datetime_to_ns(self.timestamp, self.nanosecond)

    @cached_property
    def given_metadata(self) -> Mapping[str, JsonValue]:
        """The metadata for those who only write it out: equal to ``metadata``, never to be changed."""
        return self.metadata

    if not TYPE_CHECKING:  # or any misspelled attribute would pass the type checker

        def __getattr__(self, name: str) -> Any:
            # Reached only for what ``of_checked`` has left out.
            fields = self.__dict__
            if name == "timestamp" and "timestamp_ns" in fields:
                value = ns_to_datetime(fields["timestamp_ns"])
            elif name == "metadata" and "given_metadata" in fields:
                value = meta.frozen(fields["given_metadata"])
            else:
                raise AttributeError(f"a LogEntry has no attribute {name!r}")
            return fields.setdefault(name, value)


def split_instant(instant: int) -> tuple[datetime, int]:
    """``instant`` in nanoseconds as the pair (timestamp, nanosecond) of a ``LogEntry``."""
    return ns_to_datetime(instant), instant % 1_000
