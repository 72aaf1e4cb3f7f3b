"""The free-form part of a record: JSON of any shape, seen by filters as a set of leaves.

A leaf is a scalar with its path, the keys joined by dots; an array adds no step to the path. The
limits below are those of Elasticsearch's ``flattened`` field, so that what the Python predicate
matches is what the index matches.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

JsonScalar: TypeAlias = str | int | float | bool | None
JsonValue: TypeAlias = "JsonScalar | Mapping[str, JsonValue] | Sequence[JsonValue]"

#: Deepest nesting of objects (``depth_limit`` of the flattened field).
MAX_DEPTH = 20
#: Longest dotted path of a leaf, in characters.
MAX_PATH_LENGTH = 1_024
#: Longest text leaf that filters see, in UTF-16 units (``ignore_above`` of the flattened field).
#: A longer one is stored and returned, but not found by its value.
MAX_INDEXED_TEXT = 4_096

EMPTY: Mapping[str, JsonValue] = MappingProxyType({})

_SCALARS = (str, int, float)
# Python pads an exponent to two digits, writes its plus, and has one for numbers from 0.00001 too; the
# encoder of records does none of that.
_LONG_EXPONENT = re.compile(r"e\+?(-?)0?(?=\d)")
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)")
#: From this one on, whole numbers share their doubles with others.
FIRST_SHARED = 2**53


def freeze(value: JsonValue) -> JsonValue:
    """A deeply read-only copy of ``value``."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(item) for key, item in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(freeze(item) for item in value)
    return value


def frozen(metadata: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """A deeply read-only copy of ``metadata``."""
    return MappingProxyType({key: freeze(item) for key, item in metadata.items()})


def thaw(value: JsonValue) -> JsonValue:
    """A deep copy of ``value`` made of plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [thaw(item) for item in value]
    return value


def leaves(metadata: Mapping[str, JsonValue]) -> Iterator[tuple[str, str | int | float | bool]]:
    """Every scalar of ``metadata`` with its dotted path; nulls are no leaves."""
    for key, value in metadata.items():
        yield from _leaves_of(key, value)


def _leaves_of(path: str, value: JsonValue) -> Iterator[tuple[str, str | int | float | bool]]:
    # The usual leaf first: asking whether a value is a Mapping costs several times as much.
    if isinstance(value, _SCALARS):
        yield path, value
    elif value is None:
        return
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves_of(f"{path}.{key}", item)
    else:
        for item in value:
            yield from _leaves_of(path, item)


def is_indexed_text(text: str) -> bool:
    """Whether filters can see a text leaf (see ``MAX_INDEXED_TEXT``)."""
    return len(text) <= MAX_INDEXED_TEXT and (
        len(text) * 2 <= MAX_INDEXED_TEXT
        or len(text.encode("utf-16-le", "surrogatepass")) // 2 <= MAX_INDEXED_TEXT
    )


def leaf_text(leaf: str | float) -> str | None:
    """A leaf as text, as the index holds it: numbers and booleans as JSON writes them.

    None where it is too long to be seen.
    """
    if isinstance(leaf, str):
        return leaf if is_indexed_text(leaf) else None
    if isinstance(leaf, bool):
        return str(leaf).lower()
    if isinstance(leaf, int):
        return str(int(leaf))
    number = float(leaf)
    if 1e-5 <= abs(number) < 1e-4:
        return format(Decimal(repr(number)), "f")
    return _LONG_EXPONENT.sub(r"e\1", repr(number))


def parse_number(text: str) -> float | None:
    """The number that ``text`` spells by JSON's grammar, as a double; None if it spells none."""
    if _JSON_NUMBER.fullmatch(text) is None:
        return None
    number = float(text)
    return number if abs(number) != float("inf") else None


def parse_whole(text: str) -> int | None:
    """The whole number that ``text`` spells in digits alone; None if it spells none.

    Nor does what is longer than a text that filters see: no leaf is equal to it.
    """
    if len(text) > MAX_INDEXED_TEXT or _WHOLE_NUMBER.fullmatch(text) is None:
        return None
    return int(text)


def to_double(value: float) -> float | None:
    """``value`` as a double; None where it lies outside the range of a double or is no number."""
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if number - number == 0 else None
