"""Generated records and filters that meet often enough to be worth a law."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import get_args

from hypothesis import strategies as st

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
    MinimumLevelFilter,
    NetworkFilter,
    NotFilter,
    OptionalField,
    ServiceFilter,
    ServicePrefixFilter,
    SpanIdFilter,
    TimeRangeFilter,
    TraceIdFilter,
    WordPrefixFilter,
)
from app.domain.instants import MAX_INSTANT, MIN_INSTANT
from app.domain.levels import LogLevel
from app.domain.metadata import JsonValue
from tests.builders import DAY, HOUR, NOON_NS, entry

levels = st.sampled_from(LogLevel)
services = st.sampled_from(["api", "Api", "db", "default", "imported", "shared_0", "s p a c e"])
messages = st.sampled_from(["disk full", "Disk is full", "ok", "e-mail sent", "日本 ok"])
any_instants = st.integers(MIN_INSTANT, MAX_INSTANT)
instants = st.one_of(
    any_instants,
    st.integers(-3, 3).map(lambda days: NOON_NS + days * DAY),
    st.integers(-30, 30).map(lambda hours: NOON_NS + hours * HOUR),
)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2262, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
references = st.sampled_from(["r-1", "r-2"])
addresses = st.one_of(
    st.sampled_from(["10.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "::ffff:10.0.0.1"]),
    st.builds(lambda number: str(IPv4Address(number)), st.integers(0, 2**32 - 1)),
    st.builds(lambda number: str(IPv6Address(number)), st.integers(0, 2**128 - 1)),
)
networks = st.sampled_from(
    ["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "::/0", "::1", "::ffff:10.0.0.0/104", "fe80::/10"]
).map(ip_network)

scalars: st.SearchStrategy[JsonValue] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 200, -1, 1.5, 2**70, "1", "200", "true", "a", ""]),
    st.floats(allow_nan=False, allow_infinity=False),
)
keys = st.sampled_from(["a", "b", "a.b"])
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
metadata = st.dictionaries(keys, json_values, max_size=3)

entries: st.SearchStrategy[LogEntry] = st.builds(
    entry,
    st.uuids().map(str),
    at=instants,
    level=levels,
    service=services,
    message=messages,
    metadata=metadata,
    source_ip=st.none() | addresses,
    correlation_id=st.none() | references,
    trace_id=st.none() | references,
)


def _ranges(one: int, other: int) -> TimeRangeFilter:
    return TimeRangeFilter(min(one, other), max(one, other))


paths = st.sampled_from(["a", "b", "a.b", "c"])
simple_filters: st.SearchStrategy[Filter] = st.one_of(
    levels.map(LevelFilter),
    levels.map(MinimumLevelFilter),
    services.map(ServiceFilter),
    st.builds(_ranges, instants, instants),
    instants.map(lambda at: TimeRangeFilter(start=at)),
    instants.map(lambda at: TimeRangeFilter(end=at)),
    moments.map(lambda at: TimeRangeFilter(start=at)),
    st.sampled_from(["disk", "full", "disk full", "is", "!", "日"]).map(KeywordFilter),
    st.builds(FieldFilter, paths, st.just("eq"), st.sampled_from(["1", "true", "a", 1, 1.5, True])),
    st.builds(
        FieldFilter,
        paths,
        st.sampled_from(["lt", "lte", "gt", "gte"]),
        st.sampled_from([0, 1, 199.5, 2**70]),
    ),
    st.sampled_from(["di", "disk fu", "e-", "日本 ok"]).map(WordPrefixFilter),
    st.builds(FieldRangeFilter, paths, st.sampled_from([0, 1.5]), st.sampled_from([None, 199.5])),
    st.builds(FieldRangeFilter, paths, st.sampled_from(["", "a"]), st.sampled_from([None, "b"])),
    st.builds(FieldPrefixFilter, paths, st.sampled_from(["", "1", "t"])),
    paths.map(FieldExistsFilter),
    st.sampled_from(get_args(OptionalField)).map(ExistsFilter),
    st.sampled_from(["a", "s p", ""]).map(ServicePrefixFilter),
    st.uuids().map(str).map(IdFilter),
    references.map(SpanIdFilter),
    references.map(CorrelationIdFilter),
    references.map(TraceIdFilter),
    networks.map(NetworkFilter),
)
filters: st.SearchStrategy[Filter] = st.recursive(
    simple_filters,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(CompositeFilter),
        st.lists(inner, max_size=3).map(AnyOfFilter),
        inner.map(NotFilter),
    ),
    max_leaves=8,
)
