"""What a line of a log says, before it becomes a record."""

from dataclasses import dataclass, field
from typing import Any

from app.domain.levels import LogLevel


@dataclass(slots=True)
class ParsedLine:
    """The fields that a line states; None where it states none.

    Attributes:
        instant: nanoseconds since the epoch.
        message: what is left for a person to read, never empty.
        metadata: everything else that the line states, as JSON values.
        partial: the next line of the same format goes on with this message.
        more: further records of the same line, as an exporter's envelope has them.
    """

    message: str
    instant: int | None = None
    level: LogLevel | None = None
    service: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    source_ip: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    partial: bool = False
    more: "list[ParsedLine] | None" = None
