"""A record on its way in: what a door has decoded and the filter chain has yet to complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from app.domain import metadata as meta
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue

MAX_SERVICE_LENGTH = 256
#: Longest message, in bytes of UTF-8.
MAX_MESSAGE_BYTES = 1_048_576
#: Longest correlation, trace or span id.
MAX_REFERENCE_LENGTH = 256
#: Largest metadata object, in bytes of JSON.
MAX_METADATA_BYTES = 1_048_576


@dataclass(frozen=True, slots=True)
class Draft:
    """One record as it was sent; without an id or a time it gets one.

    Attributes:
        instant: the timestamp in nanoseconds since the epoch; None means now.
    """

    level: LogLevel
    service: str
    message: str
    id: str | None = None
    instant: int | None = None
    metadata: Mapping[str, JsonValue] = field(default_factory=lambda: meta.EMPTY)
    source_ip: IPv4Address | IPv6Address | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """What a door could not decode into a ``Draft``; it becomes a rejected outcome in its place.

    Attributes:
        field: the field at fault; None where the whole record is.
        reason: what is wrong and what is allowed.
    """

    reason: str
    field: str | None = None
    id: str | None = None
