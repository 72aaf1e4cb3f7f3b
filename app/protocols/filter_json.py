"""The filter tree as JSON, for programs: each node is an object with one key, which says its kind.

``{"all": [{"min_level": "WARNING"}, {"not": {"service": "proxy"}}, {"keyword": "refused"}]}``
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    FieldFilter,
    FieldPrefixFilter,
    Filter,
    IdFilter,
    KeywordFilter,
    LevelFilter,
    MinimumLevelFilter,
    NetworkFilter,
    NotFilter,
    ServiceFilter,
    ServicePrefixFilter,
    SpanIdFilter,
    TimeRangeFilter,
    TraceIdFilter,
    WordPrefixFilter,
)
from app.domain.levels import LogLevel
from app.domain.metadata import to_double
from app.domain.words import words
from app.protocols import levels, times
from app.protocols.query_bounds import MAX_DEPTH, MAX_TEXT, MAX_VALUES, check_bounds
from app.protocols.query_fields import check_path, exists, field_range
from app.protocols.query_values import QuerySyntaxError

_ORDERS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_OPERATORS = ("=", "!=", *_ORDERS, "prefix")
_BOUNDS = tuple(_ORDERS.values())


class _Node(NamedTuple):
    """A value inside the tree: where it stands, how deep, and what ``now`` means in it."""

    value: Any
    path: str
    now: int

    def inside(self, value: Any, step: str) -> "_Node":
        return _Node(value, f"{self.path}{step}", self.now)

    def refused(self, reason: str) -> InvalidQueryError:
        return InvalidQueryError(self.path, reason)


def parse_filter_json(value: Any, now: int) -> Filter:
    """The filter that a JSON value spells; ``now`` is what relative times count from.

    Raises:
        InvalidQueryError: it names the place in the JSON, such as ``filter.all[2].level``.
    """
    whole = _filter(_Node(value, "filter", now), _Count())
    check_bounds(whole, "filter")
    return whole


class _Count:
    """How many nodes a tree has so far."""

    def __init__(self) -> None:
        self._nodes = 0

    def one_more(self, node: _Node, level: int) -> None:
        self._nodes += 1
        if self._nodes > 2 * MAX_VALUES:
            raise node.refused(f"there are too many filters; {2 * MAX_VALUES} are allowed in all")
        if level > MAX_DEPTH:
            raise node.refused(f"nests too deeply; {MAX_DEPTH} levels are allowed")


def _filter(node: _Node, count: _Count, level: int = 0) -> Filter:
    count.one_more(node, level)
    if not isinstance(node.value, dict) or len(node.value) != 1:
        raise node.refused(f"must be an object with one key, one of {', '.join(KINDS)}")
    ((kind, value),) = node.value.items()
    inside = node.inside(value, f".{kind}")
    if kind in ("all", "any"):
        parts = [_filter(part, count, level + 1) for part in _items(inside)]
        return CompositeFilter(parts) if kind == "all" else AnyOfFilter(parts)
    if kind == "not":
        return NotFilter(_filter(inside, count, level + 1))
    if kind not in _LEAVES:
        raise node.refused(f"{kind[:60]!r} is no kind of filter; there are {', '.join(KINDS)}")
    try:
        return _LEAVES[kind](inside)
    except QuerySyntaxError as error:
        raise inside.refused(str(error)) from None


def _items(node: _Node) -> list[_Node]:
    if not isinstance(node.value, list):
        raise node.refused("must be a list of filters")
    return [node.inside(part, f"[{at}]") for at, part in enumerate(node.value)]


def _text(node: _Node) -> str:
    if not isinstance(node.value, str) or not 0 < len(node.value) <= MAX_TEXT:
        raise node.refused(f"must be text of 1 to {MAX_TEXT} characters")
    return node.value


def _exactly(make: Callable[[str], Filter], node: _Node) -> Filter:
    return make(_text(node))


def _level(node: _Node) -> LogLevel:
    level = levels.parse_level(node.value)
    if level is None:
        raise node.refused(f"must be one of {levels.ALLOWED}")
    return level


def _words(node: _Node) -> Filter:
    if not words(_text(node)):
        raise node.refused("must hold at least one letter or digit")
    return KeywordFilter(node.value)


def _prefix(node: _Node) -> Filter:
    if not words(_text(node)):
        raise node.refused("must hold at least two letters or digits")
    try:
        return WordPrefixFilter(node.value)
    except InvalidQueryError as error:
        raise node.refused(error.reason) from None


def _network(node: _Node) -> Filter:
    try:
        return NetworkFilter.of(_text(node))
    except InvalidQueryError as error:
        raise node.refused(error.reason) from None


def _time(node: _Node) -> Filter:
    given = _object(node, ("from", "to"))
    bounds = {
        name: _instant(node.inside(value, f".{name}"), is_end=name == "to")
        for name, value in given.items()
    }
    if not bounds:
        raise node.refused("must have from or to")
    start, end = bounds.get("from"), bounds.get("to")
    if start is not None and end is not None and start > end:
        raise node.refused("from must not be later than to")
    return TimeRangeFilter(start, end)


def _instant(node: _Node, *, is_end: bool) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, str | int | float):
        raise node.refused(f"must be {times.ALLOWED_IN_QUERY}")
    try:
        return times.parse_query_instant(str(node.value), node.now, is_end=is_end)
    except ValueError as error:
        raise node.refused(str(error)) from None


def _field(node: _Node) -> Filter:
    given = _object(node, ("path", "op", "value"), needs_all=True)
    path = check_path(_text(node.inside(given["path"], ".path")))
    operator, wanted = given["op"], node.inside(given["value"], ".value")
    if operator not in _OPERATORS:
        raise node.inside(operator, ".op").refused(f"must be one of {', '.join(_OPERATORS)}")
    if operator == "prefix":
        return FieldPrefixFilter(path, _text(wanted))
    if operator in _ORDERS:
        return _between(path, {_ORDERS[operator]: wanted})
    equal = FieldFilter(path, "eq", _scalar(wanted))
    return equal if operator == "=" else NotFilter(equal)


def _range(node: _Node) -> Filter:
    given = _object(node, ("path", *_BOUNDS))
    path = check_path(_text(node.inside(given.pop("path", None), ".path")))
    if not given:
        raise node.refused(f"must have a bound: {', '.join(_BOUNDS)}")
    if {"gt", "gte"} <= given.keys() or {"lt", "lte"} <= given.keys():
        raise node.refused("must have one bound a side")
    return _between(path, {name: node.inside(it, f".{name}") for name, it in given.items()})


def _between(path: str, bounds: dict[str, _Node]) -> Filter:
    values: dict[str, float | str] = {}
    for name, node in bounds.items():
        value = _scalar(node)
        if isinstance(value, bool):
            raise node.refused("must be a number or text")
        values[name] = value
    return field_range(
        path,
        values.get("gt", values.get("gte")),
        values.get("lt", values.get("lte")),
        includes_low="gt" not in values,
        includes_high="lt" not in values,
    )


def _scalar(node: _Node) -> str | float | bool:
    value = node.value
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        return value
    if isinstance(value, int | float) and to_double(value) is not None:
        return value
    raise node.refused(f"must be a number, a boolean or text of at most {MAX_TEXT} characters")


def _object(node: _Node, keys: tuple[str, ...], *, needs_all: bool = False) -> dict[str, Any]:
    shape = f"must be an object with {', '.join(keys)}"
    if not isinstance(node.value, dict) or (needs_all and node.value.keys() != set(keys)):
        raise node.refused(shape)
    for name in node.value:
        if name not in keys:
            raise node.refused(f"{name[:60]!r} is not known here; it {shape}")
    return dict(node.value)


_LEAVES: dict[str, Callable[[_Node], Filter]] = {
    "level": lambda node: LevelFilter(_level(node)),
    "min_level": lambda node: MinimumLevelFilter(_level(node)),
    "service": partial(_exactly, ServiceFilter),
    "service_prefix": partial(_exactly, ServicePrefixFilter),
    "time": _time,
    "keyword": _words,
    "phrase": _words,
    "prefix": _prefix,
    "field": _field,
    "range": _range,
    "exists": lambda node: exists(_text(node)),
    "id": partial(_exactly, IdFilter),
    "correlation_id": partial(_exactly, CorrelationIdFilter),
    "trace_id": partial(_exactly, TraceIdFilter),
    "span_id": partial(_exactly, SpanIdFilter),
    "network": _network,
}
#: The kinds of a node.
KINDS = ("all", "any", "not", *_LEAVES)
