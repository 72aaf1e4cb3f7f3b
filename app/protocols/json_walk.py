"""JSON read value by value, so that what is wrong with one costs no other.

It takes what ``orjson`` takes, and says of the rest which record, and which field of it, is at fault.
"""

import contextlib
import json
import re
from typing import Any, NamedTuple, NoReturn

from app.domain import draft as limits
from app.domain import metadata as meta
from app.domain.draft import Malformed
from app.protocols.body_limits import check_number

_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Text without an end is one match too: were each quote in it tried again, it would take the square of
# its length.
_NEXT_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_WORD = re.compile(r"[^\s,\[\]{}]*")


class BodyError(ValueError):
    """The body as a whole is not what it says it is; the text tells where and what is wrong."""


class _Fault(NamedTuple):
    """Why a value cannot be taken; ``rule`` names the limit that it breaks, if it is one."""

    reason: str
    rule: str | None = None


def walk_one(body: bytes) -> Any:
    """The value of a body with one, or ``Malformed``.

    Raises:
        BodyError: it is no JSON.
    """
    text = _text(body)
    value, end = _element(text, _skip_space(text, 0))
    _expect_end(text, end)
    return value


def walk_batch(body: bytes, most: int) -> list[Any]:
    """The records of a batch; each a JSON value or ``Malformed``.

    Raises:
        BodyError: it is no JSON of that shape.
        TooLargeError: it has more than ``most`` records.
    """
    text = _text(body)
    at = _skip_space(text, 0)
    if text[at : at + 1] == "[":
        records, at = _array(text, at, most)
    elif text[at : at + 1] == "{":
        records, at = _logs_object(text, at, most)
    else:
        raise BodyError(_no_json(text, at))
    _expect_end(text, at)
    return records


def _text(body: bytes) -> str:
    # Bytes that are not UTF-8 become lone surrogates, which are found again in their record.
    return body.decode("utf-8", "surrogateescape")


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
    value, end, fault = _decoded(text, at)
    if fault is None:
        return value, end
    field = log_id = None
    # What stands behind the fault may be no JSON; the record is skipped then as it is.
    with contextlib.suppress(BodyError):
        field, log_id = _at_fault(text[at:end]) if text[at] == "{" else (None, None)
    return Malformed(
        fault.reason if field else f"the record {fault.reason}", field, log_id, fault.rule
    ), end


def _decoded(text: str, at: int) -> tuple[Any, int, _Fault | None]:
    """The value that starts at ``at``, where it ends, and what is wrong with it."""
    fault = None
    value: Any = None
    try:
        value, end = _DECODER.raw_decode(text, at)
        value = _clean(value)
    except RecursionError:
        end = _skip_value(text, at)
        fault = _Fault(f"nests too deeply; {meta.MAX_DEPTH} levels are taken", limits.MAX_NESTING)
    except _NoNumberError as error:
        end = _skip_value(text, at)
        fault = _Fault(f"holds {error}, which is no JSON number")
    except ValueError:
        raise BodyError(_no_json(text, at)) from None
    if _SURROGATE.search(text, at, end):
        fault = _Fault("is not valid UTF-8")
    return value, end, fault


def _at_fault(text: str) -> tuple[str | None, str | None]:
    """The first field of an object that cannot be taken, and the object's id if that can."""
    field = log_id = None
    at = _skip_space(text, 1)
    while text[at : at + 1] == '"':
        name, at, fault_of_name = _decoded(text, at)
        at = _skip_space(text, _expect(text, _skip_space(text, at), ":"))
        value, at, fault = _decoded(text, at)
        if field is None and (fault or fault_of_name):
            field = str(name)[: limits.LONGEST_NAME_TOLD]
        if name == "id" and isinstance(value, str) and fault is None:
            log_id = value[: limits.LONGEST_NAME_TOLD]
        at = _skip_space(text, at)
        if text[at : at + 1] != ",":
            break
        at = _skip_space(text, at + 1)
    return field, log_id


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
