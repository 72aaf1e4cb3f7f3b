"""The filter tree as a Python predicate."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from operator import ge, gt, le, lt
from typing import Any, assert_never

from app.domain import joined_words
from app.domain.entry import LogEntry
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    ExistsFilter,
    FieldExistsFilter,
    FieldFilter,
    FieldPrefixFilter,
    FieldRangeFilter,
    Filter,
    IdFilter,
    KeywordFilter,
    LevelFilter,
    MetadataFilter,
    MinimumLevelFilter,
    NetworkFilter,
    NotFilter,
    ServiceFilter,
    ServicePrefixFilter,
    SpanIdFilter,
    TimeRangeFilter,
    TraceIdFilter,
    ValueFilter,
    WordPrefixFilter,
)
from app.domain.metadata import (
    is_indexed_text,
    leaf_text,
    leaves,
    parse_number,
    parse_whole,
    to_double,
)
from app.domain.words import Beginning, beginning, words

_ORDER = {"lt": lt, "lte": le, "gt": gt, "gte": ge}
_MAPPED_PREFIX = 0xFFFF << 32


def matches(filter: Filter, entry: LogEntry) -> bool:
    """Whether ``entry`` is one that ``filter`` asks for."""
    match filter:
        case LevelFilter(level):
            return entry.level is level
        case MinimumLevelFilter(level):
            return entry.level >= level
        case TimeRangeFilter():
            return _in_range(entry.timestamp_ns, filter)
        case NetworkFilter(network):
            return entry.source_ip is not None and _in_network(entry.source_ip, network)
        case KeywordFilter(keyword):
            return joined_words.contains(entry.message, Beginning(words(keyword), ""))
        case WordPrefixFilter(prefix):
            return joined_words.contains(entry.message, beginning(prefix))
        case FieldFilter() | FieldRangeFilter() | FieldPrefixFilter() | FieldExistsFilter():
            return any(
                path == filter.path and _is_wanted(leaf, filter)
                for path, leaf in leaves(entry.metadata)
            )
        case CompositeFilter(filters):
            return all(matches(part, entry) for part in filters)
        case AnyOfFilter(filters):
            return any(matches(part, entry) for part in filters)
        case NotFilter(inner):
            return not matches(inner, entry)
        case _:
            return _has_value(entry, filter)


def _has_value(entry: LogEntry, filter: ValueFilter) -> bool:
    match filter:
        case ServiceFilter(service):
            return entry.service == service
        case ServicePrefixFilter(prefix):
            return entry.service.startswith(prefix)
        case IdFilter(id):
            return entry.id == id
        case CorrelationIdFilter(correlation_id):
            return entry.correlation_id == correlation_id
        case TraceIdFilter(trace_id):
            return entry.trace_id == trace_id
        case SpanIdFilter(span_id):
            return entry.span_id == span_id
        case ExistsFilter("metadata"):
            return any(leaf_text(leaf) is not None for _, leaf in leaves(entry.metadata))
        case ExistsFilter(field):
            return getattr(entry, field) is not None
        case _:
            assert_never(filter)


def _is_wanted(leaf: float | str, filter: MetadataFilter) -> bool:
    match filter:
        case FieldFilter():
            return leaf_matches(leaf, filter)
        case FieldRangeFilter():
            return _in_bounds(leaf, filter)
        case FieldPrefixFilter(_, prefix):
            text = leaf_text(leaf)
            return text is not None and text.startswith(prefix)
        case FieldExistsFilter():
            return leaf_text(leaf) is not None
        case _:
            assert_never(filter)


def _in_range(instant: int, filter: TimeRangeFilter) -> bool:
    start, end = filter.start_ns, filter.end_ns
    return (start is None or instant >= start) and (end is None or instant <= end)


def _in_bounds(leaf: float | str, filter: FieldRangeFilter) -> bool:
    low, high = filter.low, filter.high
    if isinstance(low, str) or isinstance(high, str):
        text = leaf_text(leaf)
        return text is not None and _lies_between(text, low, high, filter)
    if isinstance(leaf, str | bool):
        return False
    first, last = (None if bound is None else to_double(bound) for bound in (low, high))
    if (low is not None and first is None) or (high is not None and last is None):
        return False
    number = to_double(leaf)
    return number is not None and _lies_between(number, first, last, filter)


def _lies_between(value: Any, low: Any, high: Any, filter: FieldRangeFilter) -> bool:
    above = low is None or value > low or (filter.includes_low and value == low)
    below = high is None or value < high or (filter.includes_high and value == high)
    return bool(above and below)


def leaf_matches(leaf: float | str, filter: FieldFilter) -> bool:
    """Whether ``leaf``, found under the path of ``filter``, is a value that it asks for."""
    wanted = filter.value
    if isinstance(wanted, bool):
        return leaf is wanted or leaf == str(wanted).lower()
    if isinstance(wanted, str):
        return _text_matches(leaf, wanted)
    if isinstance(leaf, str | bool):
        return False
    left, right = to_double(leaf), to_double(wanted)
    if left is None or right is None:
        return False
    return left == right if filter.operator == "eq" else bool(_ORDER[filter.operator](left, right))


def _text_matches(leaf: float | str, wanted: str) -> bool:
    if isinstance(leaf, str):
        return leaf == wanted and is_indexed_text(leaf)
    if isinstance(leaf, bool):
        return wanted == str(leaf).lower()
    if isinstance(leaf, int) and (whole := parse_whole(wanted)) is not None:
        return leaf == whole
    number = parse_number(wanted)
    return number is not None and to_double(leaf) == number


def _in_network(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    first = _as_ipv6(network.network_address)
    last = _as_ipv6(network.broadcast_address)
    return first <= _as_ipv6(address) <= last


def _as_ipv6(address: IPv4Address | IPv6Address) -> int:
    return int(address) | _MAPPED_PREFIX if address.version == 4 else int(address)
