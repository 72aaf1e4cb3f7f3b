"""The filter tree as a Python predicate."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from operator import ge, gt, le, lt
from typing import assert_never

from app.domain import words
from app.domain.entry import LogEntry
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    FieldExistsFilter,
    FieldFilter,
    Filter,
    KeywordFilter,
    LevelFilter,
    MinimumLevelFilter,
    NetworkFilter,
    NotFilter,
    ServiceFilter,
    TimeRangeFilter,
    TraceIdFilter,
)
from app.domain.metadata import is_indexed_text, leaves, parse_number, to_double

_ORDER = {"lt": lt, "lte": le, "gt": gt, "gte": ge}
_MAPPED_PREFIX = 0xFFFF << 32


def matches(filter: Filter, entry: LogEntry) -> bool:
    """Whether ``entry`` is one that ``filter`` asks for."""
    match filter:
        case LevelFilter(level):
            return entry.level is level
        case MinimumLevelFilter(level):
            return entry.level >= level
        case ServiceFilter(service):
            return entry.service == service
        case TimeRangeFilter():
            return _in_range(entry.timestamp_ns, filter)
        case KeywordFilter(keyword):
            return words.contains_phrase(entry.message, words.words(keyword))
        case FieldFilter():
            return any(
                path == filter.path and leaf_matches(leaf, filter)
                for path, leaf in leaves(entry.metadata)
            )
        case FieldExistsFilter(path):
            return any(
                leaf_path == path and (not isinstance(leaf, str) or is_indexed_text(leaf))
                for leaf_path, leaf in leaves(entry.metadata)
            )
        case CorrelationIdFilter(correlation_id):
            return entry.correlation_id == correlation_id
        case TraceIdFilter(trace_id):
            return entry.trace_id == trace_id
        case NetworkFilter(network):
            return entry.source_ip is not None and _in_network(entry.source_ip, network)
        case CompositeFilter(filters):
            return all(matches(part, entry) for part in filters)
        case AnyOfFilter(filters):
            return any(matches(part, entry) for part in filters)
        case NotFilter(inner):
            return not matches(inner, entry)
        case _:
            assert_never(filter)


def _in_range(instant: int, filter: TimeRangeFilter) -> bool:
    start, end = filter.start_ns, filter.end_ns
    return (start is None or instant >= start) and (end is None or instant <= end)


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
    number = parse_number(wanted)
    return number is not None and to_double(leaf) == number


def _in_network(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    first = _as_ipv6(network.network_address)
    last = _as_ipv6(network.broadcast_address)
    return first <= _as_ipv6(address) <= last


def _as_ipv6(address: IPv4Address | IPv6Address) -> int:
    return int(address) | _MAPPED_PREFIX if address.version == 4 else int(address)
