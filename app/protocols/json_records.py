"""Records out of JSON and NDJSON bodies, each with a fate of its own.

The fast way decodes the body at once. Where that fails, the body is walked record by record, so that
one record with a NaN, broken UTF-8 or a nesting of thousands does not cost its neighbours. Of a key
that occurs twice in an object the last value counts, as in every common JSON reader, and a whole number
beyond 64 bits is read as a double.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import orjson

from app.domain.draft import Malformed
from app.protocols.body_limits import check_number
from app.protocols.json_walk import BodyError, walk_batch, walk_one

#: The byte order mark that some senders put before UTF-8.
BOM = b"\xef\xbb\xbf"
_LONGEST_NAME_TOLD = 100


def decode_one(body: bytes) -> Any:
    """The JSON value of a body with a single record, or ``Malformed``.

    Raises:
        BodyError: it is no JSON.
    """
    body = body.removeprefix(BOM)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return walk_one(body)


def decode_batch(body: bytes, most: int) -> list[Any]:
    """The records of ``{"logs": [...]}`` or of a bare array; each a JSON value or ``Malformed``.

    Raises:
        BodyError: it is no JSON of that shape.
        TooLargeError: it has more than ``most`` records.
    """
    body = body.removeprefix(BOM)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return walk_batch(body, most)
    records = value.get("logs") if isinstance(value, dict) else value
    if isinstance(value, dict) and (extra := value.keys() - {"logs"}):
        name = min(extra)[:_LONGEST_NAME_TOLD]
        raise BodyError(f'{name!r} is not known here; a batch is {{"logs": [...]}}')
    if not isinstance(records, list):
        raise BodyError('a batch is {"logs": [...]} with a list of records')
    check_number(len(records), most)
    return records


def lines(body: bytes, most: int) -> Iterator[bytes]:
    """The lines of an NDJSON body that are not blank.

    Raises:
        TooLargeError: when the line after ``most`` others is asked for.
    """
    number = 0
    # Line by line, as a list of 33 million empty ones takes ten times as much as the body.
    for line in BytesIO(body.removeprefix(BOM)):
        if not line.isspace():
            number += 1
            check_number(number, most)
            yield line.removesuffix(b"\n")


def decode_line(line: bytes) -> Any:
    """The JSON value of one line of NDJSON, or ``Malformed``."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            return decode_one(line)
        except BodyError as error:
            return Malformed(f"the line is no JSON: {error}")
