"""The usual record, decoded by compiled code straight into the fields of a draft.

``RecordSchema`` decides what a record is. The types below are narrower than it: what they take, the
schema takes, with the same draft; what they refuse is no verdict, but goes to the schema. That they
are no wider is proven by tests that run both on the same input.
"""

from typing import Annotated, Any, TypeAlias, cast

from msgspec import Meta, Struct

from app.domain import draft as limits
from app.domain import metadata as meta
from app.domain.addresses import address_text
from app.domain.draft import Draft, Malformed
from app.protocols import record_schema
from app.protocols.levels import USUAL_SPELLINGS
from app.protocols.quick_times import quick_instant
from app.protocols.times import parse_by_grammar

#: Levels of objects and arrays within metadata that the types spell out; deeper records are rare.
_SPELLED_DEPTH = 6

# A missing field is None here, while a null, which these types refuse, is left to the schema.
_ABSENT = cast("Any", None)

_Reference: TypeAlias = Annotated[str, Meta(min_length=1, max_length=limits.MAX_REFERENCE_LENGTH)]
# Beyond 64 bits a whole number is read as a double (json_records), so it is not taken here.
_Whole: TypeAlias = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


def _metadata_type() -> Any:
    # Spelled out by levels, as a recursive type has to be a class; nothing wider than JSON's scalars,
    # so that no whole number slips past its bounds.
    value: Any = str | _Whole | float | bool | None
    for _ in range(_SPELLED_DEPTH):
        value = str | _Whole | float | bool | None | list[value] | dict[str, value]
    return dict[str, value]


class UsualRecord(Struct, forbid_unknown_fields=True, gc=False):
    """A record as it is sent, in its usual types and within its lengths."""

    level: str | _Whole
    message: Annotated[str, Meta(min_length=1, max_length=limits.MAX_MESSAGE_BYTES)]
    service: Annotated[str, Meta(min_length=1, max_length=limits.MAX_SERVICE_LENGTH)] = _ABSENT
    service_name: Annotated[str, Meta(min_length=1, max_length=limits.MAX_SERVICE_LENGTH)] = _ABSENT
    id: Annotated[str, Meta(min_length=1, max_length=512)] = _ABSENT
    timestamp: str | _Whole | float = _ABSENT
    metadata: _metadata_type() = _ABSENT  # type: ignore[valid-type]
    source_ip: str = _ABSENT
    correlation_id: _Reference = _ABSENT
    trace_id: _Reference = _ABSENT
    span_id: _Reference = _ABSENT


def draft_of(record: UsualRecord) -> Draft | Malformed:
    """The draft that the schema makes of ``record``, or its refusal."""
    service, timestamp, address = record.service, record.timestamp, record.source_ip
    if service is _ABSENT or record.service_name is not _ABSENT:
        service = record.service_name
        if service is _ABSENT or record.service not in {_ABSENT, service}:
            return _explained(record)
    try:
        instant = None
        if timestamp is not _ABSENT:
            # One call less than `parse_instant`.
            instant = quick_instant(timestamp) if type(timestamp) is str else None
            if instant is None:
                instant = parse_by_grammar(timestamp)
        return Draft(
            USUAL_SPELLINGS[record.level],
            service,
            record.message,
            record.id,
            instant,
            meta.EMPTY if record.metadata is _ABSENT else record.metadata,
            None if address is _ABSENT else address_text(address),
            record.correlation_id,
            record.trace_id,
            record.span_id,
        )
    except (KeyError, ValueError):
        return _explained(record)


def _explained(record: UsualRecord) -> Draft | Malformed:
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return record_schema.to_draft(
        {name: sent for name, sent in fields.items() if sent is not _ABSENT}
    )
