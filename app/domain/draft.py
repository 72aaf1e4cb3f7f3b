"""A record on its way in: what a door has decoded and the filter chain has yet to complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Final

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


# Final in place of frozen: as strict in the type checker, and made in an eighth of the time.
@dataclass(slots=True)
class Draft:
    """One record as it was sent; without an id or a time it gets one.

    Nobody changes a draft: a step that has to returns another one.

    Attributes:
        instant: the timestamp in nanoseconds since the epoch; None means now.
        metadata: handed over with the draft, not to be changed by whoever made it.
    """

    level: Final[LogLevel]
    service: Final[str]
    message: Final[str]
    id: Final[str | None] = None
    instant: Final[int | None] = None
    metadata: Final[Mapping[str, JsonValue]] = field(default_factory=lambda: meta.EMPTY)
    source_ip: Final[IPv4Address | IPv6Address | None] = None
    correlation_id: Final[str | None] = None
    trace_id: Final[str | None] = None
    span_id: Final[str | None] = None


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
