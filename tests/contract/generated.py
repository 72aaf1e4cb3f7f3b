"""Records and filters as hypothesis makes them.

Values come from small sets, next to arbitrary ones, so that filters and records meet often; the
corners that Elasticsearch treats in its own way (long text, number spellings, mapped addresses) are
in the sets.
"""

from ipaddress import ip_address, ip_network
from typing import Any, get_args
from uuid import uuid4

from hypothesis import strategies as st

from app.domain.entry import LogEntry, split_instant
from app.domain.errors import InvalidQueryError
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
from app.domain.levels import LogLevel
from tests.alphabet import KNOWN

#: 2024-01-01T00:00:00Z; three days from here keep the number of indices small.
START = 1_704_067_200_000_000_000
DAY = 86_400_000_000_000

#: Anything that UTF-8 can spell; NUL and the surrogates are refused at the doors.
texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=24
)
words = st.sampled_from(
    [
        "connection", "refused", "user-service", "com.foo.Bar", "/api/v1/x", "0xdeadbeef", "10.0.0.1",
        "foo.Bar", "Bar", "id", "user_id", "foo", "b.c", "b", "c", "__id_1", "1",
        "don't", "a_b", "3.14", "1,000", "x:y", "a@b.c", "id=42", "__", "...", "C++",
        "ÉCOLE", "e\u0301", "straße", "İstanbul", "ΣΊΣΥΦΟΣ", "日本語", "カタカナ", "ภาษาไทย",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    ]
)  # fmt: skip
#: Messages keep to what both kinds of stores know as words (see ``app.domain.words``).
sentences = st.text(st.sampled_from(KNOWN), min_size=1, max_size=24)
messages = st.lists(words | sentences, min_size=1, max_size=6).map(" ".join)
services = st.sampled_from(["billing", "gateway", "Gateway", "user service", "日本"]) | texts
instants = st.integers(START, START + 3 * DAY) | st.sampled_from(
    [START, START + 1, START + DAY - 1, START + DAY, START + 1_000_000]
)
addresses = st.sampled_from(
    ["10.0.0.1", "10.0.0.255", "192.168.1.7", "::1", "2001:db8::7", "::ffff:10.0.0.1"]
).map(ip_address)
networks = st.sampled_from(
    ["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:10.0.0.0/104", "::1"]
).map(ip_network)
references = st.sampled_from(["req-1", "req-2", "REQ-1"])
keys = st.sampled_from(["a", "b", "user", "a.b", "ns", "*", "ключ"])
paths = st.sampled_from(
    ["a", "b", "user", "a.b", "a.a", "b.user", "a.b.ns", "ns", "*", "a*", "ключ"]
)
numbers = st.sampled_from(
    [0, 1, -1, 42, 42.0, 0.1, -0.0, 1e300, -1e-300, 5e-324, 2**53, 2**53 + 1, 10**25, 10**400]
) | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)  # fmt: skip
short_texts = st.sampled_from(
    ["", "1", "1.0", "42", "true", "false", "null", "x", "X", "0x1", "1e2", f"{2**53}", f"{2**53 + 1}"]
) | texts  # fmt: skip
#: Around the length from which on a text is not indexed.
long_texts = st.sampled_from([("ü", 4_096), ("z", 4_097)]).map(lambda it: it[0] * it[1])
field_texts = short_texts | long_texts
scalars: st.SearchStrategy[Any] = st.none() | st.booleans() | numbers | field_texts
metadata = st.dictionaries(
    keys,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=4,
)


@st.composite
def entries(draw: st.DrawFn) -> LogEntry:
    """A record of one of three days, with an id that no other has."""
    timestamp, nanosecond = split_instant(draw(instants))
    return LogEntry(
        id=f"{uuid4().hex}{draw(texts)}",
        timestamp=timestamp,
        nanosecond=nanosecond,
        level=draw(st.sampled_from(LogLevel)),
        service=draw(services),
        message=draw(messages),
        metadata=draw(metadata),
        source_ip=draw(st.none() | addresses),
        correlation_id=draw(st.none() | references),
        trace_id=draw(st.none() | references),
        span_id=draw(st.none() | references),
    )


def _time_range(bounds: tuple[int | None, int | None]) -> TimeRangeFilter:
    start, end = bounds
    if start is not None and end is not None and start > end:
        start, end = end, start
    return TimeRangeFilter(start, end)


def _begun(text: str) -> WordPrefixFilter:
    try:
        return WordPrefixFilter(text)
    except InvalidQueryError:
        return WordPrefixFilter(f"{text}in")


#: What of a value a prefix may be, and words that stop in the middle.
beginnings = st.tuples(words | messages, st.integers(1, 12)).map(lambda cut: cut[0][: cut[1]])


def _metadata_range(
    path: str, bounds: tuple[Any, Any], includes_low: bool, includes_high: bool
) -> FieldRangeFilter:
    return FieldRangeFilter(path, *bounds, includes_low, includes_high)


ranges = st.builds(
    _metadata_range,
    paths,
    st.one_of(
        st.tuples(numbers, numbers),
        st.tuples(numbers, st.none()),
        st.tuples(st.none(), numbers),
        st.tuples(short_texts, short_texts),
        st.tuples(short_texts, st.none()),
        st.tuples(st.none(), short_texts),
    ),
    st.booleans(),
    st.booleans(),
)


leaf_filters: st.SearchStrategy[Filter] = st.one_of(
    st.sampled_from(LogLevel).map(LevelFilter),
    st.sampled_from(LogLevel).map(MinimumLevelFilter),
    services.map(ServiceFilter),
    st.tuples(st.none() | instants, st.none() | instants).map(_time_range),
    (words | messages).map(KeywordFilter),
    st.builds(FieldFilter, paths, st.just("eq"), field_texts | numbers | st.booleans()),
    st.builds(FieldFilter, paths, st.sampled_from(["lt", "lte", "gt", "gte"]), numbers),
    beginnings.map(_begun),
    ranges,
    st.builds(FieldPrefixFilter, paths, short_texts | st.sampled_from(["4", "-", "1.", "t", "z"])),
    paths.map(FieldExistsFilter),
    st.sampled_from(get_args(OptionalField)).map(ExistsFilter),
    (services | st.sampled_from(["", "b", "gate"])).map(ServicePrefixFilter),
    st.uuids().map(str).map(IdFilter),
    references.map(SpanIdFilter),
    references.map(CorrelationIdFilter),
    references.map(TraceIdFilter),
    networks.map(NetworkFilter),
)
filters: st.SearchStrategy[Filter] = st.recursive(
    leaf_filters,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(CompositeFilter),
        st.lists(inner, max_size=3).map(AnyOfFilter),
        inner.map(NotFilter),
    ),
    max_leaves=5,
)
