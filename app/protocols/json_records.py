"""Records out of JSON and NDJSON bodies, each with a fate of its own.

The fast way decodes the body at once. Where that fails, the body is walked record by record, so that
one record with a NaN, broken UTF-8 or a nesting of thousands does not cost its neighbours. Of a key
that occurs twice in an object the last value counts, as in every common JSON reader, and a whole number
beyond 64 bits is read as a double.
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple, NoReturn

import orjson

from app.domain.draft import Malformed
from app.protocols.encodings import TooLargeError

#: The byte order mark that some senders put before UTF-8.
BOM = b"\xef\xbb\xbf"
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEXT_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_WORD = re.compile(r"[^\s,\[\]{}]*")


#: Bodies of so many bytes are not counted through: whatever they hold, it takes some 100 MiB.
_SHORT = 4_194_304
_SIGNS_OF_VALUES = b",[{"


class Most(NamedTuple):
    """What one body may hold.

    Attributes:
        records: its records.
        values: its JSON values, in bodies of more than 4 MiB; two bytes may become sixty in memory.
    """

    records: int = 10_000
    values: int = 1_000_000


class BodyError(ValueError):
    """The body as a whole is not what it says it is; the text tells where and what is wrong."""


def decode_one(body: bytes) -> Any:
    """The JSON value of a body with a single record, or ``Malformed``.

    Raises:
        BodyError: it is no JSON.
    """
    body = body.removeprefix(BOM)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        text = _text(body)
        value, end = _element(text, _skip_space(text, 0))
        _expect_end(text, end)
        return value


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
        return _walk_batch(_text(body), most)
    records = value.get("logs") if isinstance(value, dict) else value
    if isinstance(value, dict) and (extra := value.keys() - {"logs"}):
        raise BodyError(f'{min(extra)!r} is not known here; a batch is {{"logs": [...]}}')
    if not isinstance(records, list):
        raise BodyError('a batch is {"logs": [...]} with a list of records')
    check_number(len(records), most)
    return records


def decode_lines(body: bytes, most: int) -> list[Any]:
    """The records of an NDJSON body, one a line; each a JSON value or ``Malformed``.

    Blank lines are no records.

    Raises:
        TooLargeError: it has more than ``most`` records.
    """
    return [decode_line(line) for line in lines(body, most)]


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
            yield line


def check_number(number: int, most: int) -> None:
    """Asked before a record is decoded, so that a body of many bad ones costs no more than it may.

    Raises:
        TooLargeError: a batch of ``number`` records has more than ``most``.
    """
    if number > most:
        raise TooLargeError(f"the batch has more than {most} records (LOGFEED_MAX_BATCH_RECORDS)")


def check_values(body: bytes, most: int, signs: bytes = _SIGNS_OF_VALUES) -> None:
    """Asked before anything is decoded, so that a body costs no more memory than it may.

    Every value but the first of an object or array has a comma before it. Those in text are counted
    too: to tell them apart would cost more than all that is saved.

    Raises:
        TooLargeError: ``body`` may hold more than ``most`` values.
    """
    if len(body) > _SHORT and sum(body.count(sign) for sign in signs) > most:
        raise TooLargeError(
            f"the body has more than {most} JSON values, counted by commas and opening brackets "
            "(LOGFEED_MAX_BODY_VALUES)"
        )


def check_values_of_lines(body: bytes, most: int) -> None:
    """``check_values`` of NDJSON, whose lines count too: blank ones cost time.

    Raises:
        TooLargeError: ``body`` may hold more than ``most`` values.
    """
    check_values(body, most, _SIGNS_OF_VALUES + b"\n")


def decode_line(line: bytes) -> Any:
    """The JSON value of one line of NDJSON, or ``Malformed``."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            return decode_one(line)
        except BodyError as error:
            return Malformed(f"the line is no JSON: {error}")


def _text(body: bytes) -> str:
    # Bytes that are not UTF-8 become lone surrogates, which are found again in their record.
    return body.decode("utf-8", "surrogateescape")


def _walk_batch(text: str, most: int) -> list[Any]:
    at = _skip_space(text, 0)
    if text[at : at + 1] == "[":
        records, at = _array(text, at, most)
    elif text[at : at + 1] == "{":
        records, at = _logs_object(text, at, most)
    else:
        raise BodyError(_no_json(text, at))
    _expect_end(text, at)
    return records


def _logs_object(text: str, at: int, most: int) -> tuple[list[Any], int]:
    at = _skip_space(text, at + 1)
    key, at = _element(text, at)
    if key != "logs":
        raise BodyError('a batch is {"logs": [...]} with a list of records')
    at = _skip_space(text, at)
    at = _skip_space(text, _expect(text, at, ":"))
    if text[at : at + 1] != "[":
        raise BodyError('a batch is {"logs": [...]} with a list of records')
    records, at = _array(text, at, most)
    return records, _expect(text, _skip_space(text, at), "}")


def _array(text: str, at: int, most: int) -> tuple[list[Any], int]:
    records: list[Any] = []
    at = _skip_space(text, at + 1)
    if text[at : at + 1] == "]":
        return records, at + 1
    while True:
        check_number(len(records) + 1, most)
        value, at = _element(text, _skip_space(text, at))
        records.append(value)
        at = _skip_space(text, at)
        if text[at : at + 1] == "]":
            return records, at + 1
        at = _expect(text, at, ",")


def _element(text: str, at: int) -> tuple[Any, int]:
    """The value that starts at ``at``, or ``Malformed``, and where it ends."""
    problem = None
    value: Any = None
    try:
        value, end = _DECODER.raw_decode(text, at)
        value = _clean(value)
    except RecursionError:
        end = _skip_value(text, at)
        problem = "nests too deeply"
    except _NoNumberError as error:
        end = _skip_value(text, at)
        problem = f"holds {error}, which is no JSON number"
    except ValueError:
        raise BodyError(_no_json(text, at)) from None
    if _SURROGATE.search(text, at, end):
        problem = "is not valid UTF-8"
    return (Malformed(f"the record {problem}") if problem else value), end


def _skip_value(text: str, at: int) -> int:
    """Where the value that starts at ``at`` ends."""
    if text[at] not in "[{" and (word := _WORD.match(text, at)):
        return word.end()
    depth = 0
    for match in _NEXT_BRACKET.finditer(text, at):
        if match.group() in "[{":
            depth += 1
        elif match.group() in "]}":
            depth -= 1
        if depth == 0:
            return match.end()
    raise BodyError(_no_json(text, at))


def _clean(value: Any) -> Any:
    """``value`` with U+FFFD in place of every escaped lone surrogate, which no text can hold."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


class _NoNumberError(Exception):
    """NaN or Infinity."""


def _refuse_constant(name: str) -> NoReturn:
    raise _NoNumberError(name)


def _whole_number(digits: str) -> float:
    if len(digits) <= 20 and -(2**63) <= (number := int(digits)) < 2**64:
        return number
    return float(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_whole_number)


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _expect(text: str, at: int, wanted: str) -> int:
    if text[at : at + 1] != wanted:
        raise BodyError(_no_json(text, at))
    return at + 1


def _expect_end(text: str, at: int) -> None:
    if _skip_space(text, at) != len(text):
        raise BodyError(f"there is more after the end of the JSON value, at character {at}")


def _no_json(text: str, at: int) -> str:
    try:
        json.loads(text)
    except RecursionError:
        return "it nests too deeply"
    except ValueError as error:
        return str(error)
    return f"it is not the JSON that is expected, at character {at}"
