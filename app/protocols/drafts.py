"""JSON and NDJSON bodies as drafts, the usual ones by the shortest way.

A body of usual records is decoded in one go (``compiled_record``). Where a record is not usual, the
body is read as ``json_records`` reads it, which keeps a broken record from its neighbours, and each
record is tried again by itself: one that is wrong costs its neighbours a second look and never sends
them through the schema.
"""

from typing import Any, TypeAlias

from msgspec import MsgspecError, Struct, convert
from msgspec.json import Decoder

from app.domain.draft import Draft, Malformed
from app.protocols import json_records
from app.protocols.body_limits import Most, check_number, check_values, check_values_of_lines
from app.protocols.compiled_record import UsualRecord, draft_of
from app.protocols.record_schema import to_draft

Drafts: TypeAlias = list[Draft | Malformed]


class _Batch(Struct, forbid_unknown_fields=True):
    logs: list[UsualRecord]


_record_decoder = Decoder(UsualRecord)
_batch_decoder = Decoder[list[UsualRecord] | _Batch](list[UsualRecord] | _Batch)
_DEFAULT = Most()
_NOT_USUAL = (MsgspecError, UnicodeDecodeError, RecursionError)


def read_one(body: bytes, most: Most = _DEFAULT) -> Draft | Malformed:
    """The single record of a body.

    Raises:
        BodyError: it is no JSON.
        TooLargeError: it holds more values than ``most`` allows.
    """
    check_values(body, most.values)
    try:
        return draft_of(_record_decoder.decode(body.removeprefix(json_records.BOM)))
    except _NOT_USUAL:
        return from_value(json_records.decode_one(body))


def read_batch(body: bytes, most: Most = _DEFAULT) -> Drafts:
    """The records of ``{"logs": [...]}`` or of a bare array, in order.

    Raises:
        BodyError: it is no JSON of that shape.
        TooLargeError: it has more records or values than ``most`` allows.
    """
    check_values(body, most.values)
    try:
        batch = _batch_decoder.decode(body.removeprefix(json_records.BOM))
    except _NOT_USUAL:
        return [from_value(value) for value in json_records.decode_batch(body, most.records)]
    records = batch.logs if isinstance(batch, _Batch) else batch
    check_number(len(records), most.records)
    return [draft_of(record) for record in records]


def read_lines(body: bytes, most: Most = _DEFAULT) -> Drafts:
    """The records of an NDJSON body, one a line; blank lines are no records.

    Raises:
        TooLargeError: it has more records or values than ``most`` allows.
    """
    check_values_of_lines(body, most.values)
    drafts: Drafts = []
    decode = _record_decoder.decode
    for line in json_records.lines(body, most.records):
        try:
            drafts.append(draft_of(decode(line)))
        except _NOT_USUAL:
            drafts.append(from_value(json_records.decode_line(line)))
    return drafts


def from_value(value: Any) -> Draft | Malformed:
    """The draft of a decoded JSON value, the same that the schema makes of it, or its refusal."""
    try:
        record = convert(value, UsualRecord)
    except _NOT_USUAL:
        return to_draft(value)
    return draft_of(record)
