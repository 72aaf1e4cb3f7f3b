"""The filter tree as an Elasticsearch bool query.

Every leaf stands in filter context: no score is wanted, and filters are cached. What each query type
does is on its page in the Elasticsearch reference ("Query DSL").
"""

from collections.abc import Iterator
from typing import Any, TypeAlias, assert_never

from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    ExistsFilter,
    FieldExistsFilter,
    FieldFilter,
    FieldOperator,
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
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, format_instant
from app.domain.joined_words import in_parts
from app.domain.levels import LogLevel
from app.domain.metadata import FIRST_SHARED, leaf_text, parse_number, parse_whole
from app.domain.words import Beginning, beginning, words
from app.stores.elasticsearch.documents import encode_number, number_term

EsQuery: TypeAlias = dict[str, Any]

_ALL: EsQuery = {"match_all": {}}
_NONE: EsQuery = {"match_none": {}}
#: Sorts behind every text that occurs: U+10FFFF is no character.
_LAST = "\U0010ffff" * 8


def to_query(filter: Filter) -> EsQuery:
    """``filter`` as a query that matches exactly the same records."""
    match filter:
        case LevelFilter(level):
            return {"term": {"level": level.name}}
        case MinimumLevelFilter(level):
            return {"terms": {"level": [name.name for name in LogLevel.at_least(level)]}}
        case TimeRangeFilter():
            return _time_range(filter)
        case NetworkFilter(network):
            first, last = str(network.network_address), str(network.broadcast_address)
            return {"range": {"source_ip": {"gte": first, "lte": last}}}
        case KeywordFilter(keyword):
            return _words(Beginning(words(keyword), ""))
        case WordPrefixFilter(prefix):
            return _words(beginning(prefix))
        case FieldFilter() | FieldRangeFilter() | FieldPrefixFilter() | FieldExistsFilter():
            return _metadata(filter)
        case CompositeFilter():
            parts = list(_parts(filter))
            return {"bool": {"filter": parts}} if parts else _ALL
        case AnyOfFilter(filters):
            return _any_of([to_query(part) for part in filters])
        case NotFilter(inner):
            return {"bool": {"must_not": [to_query(inner)]}}
        case _:
            return _value(filter)


def _parts(filter: CompositeFilter) -> Iterator[EsQuery]:
    """What all must match, those of composites within it included.

    What every record matches is left out: Elasticsearch answers some questions about all records without
    looking at any, but knows a query for all only where it stands alone.
    """
    for part in filter.filters:
        if isinstance(part, CompositeFilter):
            yield from _parts(part)
        elif (query := to_query(part)) != _ALL:
            yield query


def _value(filter: ValueFilter) -> EsQuery:
    match filter:
        case ServiceFilter(service):
            return {"term": {"service": service}}
        case ServicePrefixFilter(prefix):
            return {"prefix": {"service": prefix}}
        case IdFilter(id):
            return {"ids": {"values": [id]}}
        case CorrelationIdFilter(correlation_id):
            return {"term": {"correlation_id": correlation_id}}
        case TraceIdFilter(trace_id):
            return {"term": {"trace_id": trace_id}}
        case SpanIdFilter(span_id):
            return {"term": {"span_id": span_id}}
        case ExistsFilter(field):
            return {"exists": {"field": field}}
        case _:
            assert_never(filter)


def _metadata(filter: MetadataFilter) -> EsQuery:
    match filter:
        case FieldFilter():
            return _field(filter)
        case FieldRangeFilter():
            return _range(filter)
        case FieldPrefixFilter(path, prefix):
            return {"prefix": {f"metadata.{path}": prefix}}
        case FieldExistsFilter(path):
            # Not an `exists` query: that one would read a `*` in the path as a wildcard.
            return {"prefix": {f"metadata.{path}": ""}}
        case _:
            assert_never(filter)


def _any_of(queries: list[EsQuery]) -> EsQuery:
    return {"bool": {"should": queries, "minimum_should_match": 1}} if queries else _NONE


def _time_range(filter: TimeRangeFilter) -> EsQuery:
    # A date_nanos field refuses bounds outside of its range, so they are cut to it.
    start, end = filter.start_ns, filter.end_ns
    if (start is not None and start > MAX_INSTANT) or (end is not None and end < MIN_INSTANT):
        return _NONE
    if start is None and end is None:
        return _ALL
    # The first instant there is stands for an open start: from a range without one, a histogram takes
    # the least of all numbers for its begin, and fails (9.5.3).
    bounds = {"gte": format_instant(max(start or MIN_INSTANT, MIN_INSTANT))}
    if end is not None:
        bounds["lte"] = format_instant(min(end, MAX_INSTANT))
    return {"range": {"timestamp": bounds}}


def _field(filter: FieldFilter) -> EsQuery:
    path, value = filter.path, filter.value
    text_field = f"metadata.{path}"
    if isinstance(value, bool):
        return {"term": {text_field: str(value).lower()}}
    if isinstance(value, str):
        as_text = {"term": {text_field: value}}
        number = parse_number(value)
        if number is None:
            return as_text
        as_number = _number(path, "eq", number)
        whole = parse_whole(value)
        if whole is not None and abs(whole) >= FIRST_SHARED:
            # Its double is that of other whole numbers, too; their text tells them apart.
            as_double = {"term": {text_field: leaf_text(number)}}
            as_number = {"bool": {"filter": [as_number, as_double]}}
        return _any_of([as_text, as_number])
    return _number(path, filter.operator, value)


def _words(begun: Beginning) -> EsQuery:
    there = _begun("message", begun)
    sought = in_parts(begun)
    if sought is None or there == _NONE:
        return there
    # Indices that were made before there were parts lack the field, and find nothing in it.
    in_part = _begun("parts", sought.first)
    if sought.rest is not None:
        in_part = {"bool": {"filter": [in_part, _begun("message", sought.rest)]}}
    return _any_of([there, in_part])


def _begun(field: str, begun: Beginning) -> EsQuery:
    whole, last, may_end = begun
    if not last:
        return {"match_phrase": {field: " ".join(whole)}} if whole else _NONE
    if not whole:
        begins: EsQuery = {"prefix": {field: last}}
        return _any_of([begins, {"term": {field: last[:-1]}}]) if may_end else begins
    # Not `match_phrase_prefix`: that one stops at a number of words without saying so.
    ends: list[EsQuery] = [{"span_multi": {"match": {"prefix": {field: last}}}}]
    if may_end:
        ends.append(_span_term(field, last[:-1]))
    clauses = [*(_span_term(field, word) for word in whole), {"span_or": {"clauses": ends}}]
    return {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}


def _span_term(field: str, word: str) -> EsQuery:
    return {"span_term": {field: word}}


def _range(filter: FieldRangeFilter) -> EsQuery:
    path, low, high = filter.path, filter.low, filter.high
    if isinstance(low, str) or isinstance(high, str):
        # A flattened field takes no range with an open side: it would run into the next key.
        first_text, last_text = "" if low is None else low, _LAST if high is None else high
        return _between(f"metadata.{path}", first_text, last_text, filter)
    ends = [None if bound is None else encode_number(bound) for bound in (low, high)]
    if (low is not None and ends[0] is None) or (high is not None and ends[1] is None):
        return _NONE
    first, last = (None if end is None else number_term(path, end) for end in ends)
    # An open side ends with this path's terms, all of which begin with path and separator.
    return _between("numbers", first or number_term(path, ""), last or f"{path}\1", filter)


def _between(field: str, low: object, high: object, filter: FieldRangeFilter) -> EsQuery:
    # An open side has no bound that could be left out.
    above = "gte" if filter.includes_low or filter.low is None else "gt"
    below = "lte" if filter.includes_high else "lt"
    return {"range": {field: {above: low, below: high}}}


def _number(path: str, operator: FieldOperator, value: float) -> EsQuery:
    encoded = encode_number(value)
    if encoded is None:
        return _NONE
    term = number_term(path, encoded)
    if operator == "eq":
        return {"term": {"numbers": term}}
    # The other bound is an end of this path's terms, all of which begin with path and separator.
    end = {"lt": f"{path}\1"} if operator.startswith("g") else {"gt": number_term(path, "")}
    return {"range": {"numbers": {operator: term, **end}}}
