"""A record on its way in: what a door has decoded and the filter chain has yet to complete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from app.domain import metadata as meta
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue

MAX_SERVICE_LENGTH = 256
#: What no service may hold in its name: it is shown in lists, menus and terminals as it is.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
#: Longest message, in bytes of UTF-8.
MAX_MESSAGE_BYTES = 1_048_576
#: Longest correlation, trace or span id.
MAX_REFERENCE_LENGTH = 256
#: Largest metadata object, in bytes of JSON.
MAX_METADATA_BYTES = 1_048_576
#: Of a name or id that is refused, no more than so many characters are told back.
LONGEST_NAME_TOLD = 512

#: Names of limits, by which a refusal says that the record is right but too much.
MAX_NESTING = "max_nesting"
MAX_METADATA_FIELDS = "max_metadata_fields"
MAX_RECORD_BYTES = "max_record_bytes"


# A Struct is made in C: 0.14 µs, a dataclass 0.42. The garbage collector need not look into one (`gc`):
# what a record holds never leads back to it.
class Draft(Struct, frozen=True, gc=False):
    """One record as it was sent; without an id or a time it gets one.

    Nobody changes a draft: a step that has to returns another one (``msgspec.structs.replace``).

    Attributes:
        instant: the timestamp in nanoseconds since the epoch; None means now.
        metadata: handed over with the draft, not to be changed by whoever made it.
        source_ip: an address as ``str`` writes it; nobody has to make an object of it to store it.
        is_id_given: the sender chose the id, so that it may send it again; False once we have.
        is_time_given: likewise, so that the same record comes with the same time again.
    """

    level: LogLevel
    service: str
    message: str
    id: str | None = None
    instant: int | None = None
    metadata: Mapping[str, JsonValue] = meta.EMPTY
    source_ip: str | None = None
    correlation_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    is_id_given: bool = True
    is_time_given: bool = True


@dataclass(frozen=True, slots=True)
class Malformed:
    """What a door could not decode into a ``Draft``; it becomes a rejected outcome in its place.

    Attributes:
        field: the field at fault; None where the whole record is.
        reason: what is wrong and what is allowed.
        rule: the limit that it breaks, if it breaks one.
    """

    reason: str
    field: str | None = None
    id: str | None = None
    rule: str | None = None
