"""The filter tree as an Elasticsearch bool query.

Every leaf stands in filter context: no score is wanted, and filters are cached. What each query type
does is on its page in the Elasticsearch reference ("Query DSL").
"""

from typing import Any, TypeAlias, assert_never

from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    CorrelationIdFilter,
    FieldExistsFilter,
    FieldFilter,
    FieldOperator,
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
from app.domain.instants import MAX_INSTANT, MIN_INSTANT, format_instant
from app.domain.levels import LogLevel
from app.domain.metadata import parse_number
from app.domain.words import words
from app.stores.elasticsearch.documents import encode_number, number_term

EsQuery: TypeAlias = dict[str, Any]

_ALL: EsQuery = {"match_all": {}}
_NONE: EsQuery = {"match_none": {}}


def to_query(filter: Filter) -> EsQuery:
    """``filter`` as a query that matches exactly the same records."""
    match filter:
        case LevelFilter(level):
            return {"term": {"level": level.name}}
        case MinimumLevelFilter(level):
            return {"terms": {"level": [name.name for name in LogLevel.at_least(level)]}}
        case ServiceFilter(service):
            return {"term": {"service": service}}
        case TimeRangeFilter():
            return _time_range(filter)
        case KeywordFilter(keyword):
            return {"match_phrase": {"message": keyword}} if words(keyword) else _NONE
        case FieldFilter():
            return _field(filter)
        case FieldExistsFilter(path):
            # Not an `exists` query: that one would read a `*` in the path as a wildcard.
            return {"prefix": {f"metadata.{path}": ""}}
        case CorrelationIdFilter(correlation_id):
            return {"term": {"correlation_id": correlation_id}}
        case TraceIdFilter(trace_id):
            return {"term": {"trace_id": trace_id}}
        case NetworkFilter(network):
            first, last = str(network.network_address), str(network.broadcast_address)
            return {"range": {"source_ip": {"gte": first, "lte": last}}}
        case CompositeFilter(filters):
            return {"bool": {"filter": [to_query(part) for part in filters]}} if filters else _ALL
        case AnyOfFilter(filters):
            return _any_of([to_query(part) for part in filters])
        case NotFilter(inner):
            return {"bool": {"must_not": [to_query(inner)]}}
        case _:
            assert_never(filter)


def _any_of(queries: list[EsQuery]) -> EsQuery:
    return {"bool": {"should": queries, "minimum_should_match": 1}} if queries else _NONE


def _time_range(filter: TimeRangeFilter) -> EsQuery:
    # A date_nanos field refuses bounds outside of its range, so they are cut to it.
    start, end = filter.start_ns, filter.end_ns
    if (start is not None and start > MAX_INSTANT) or (end is not None and end < MIN_INSTANT):
        return _NONE
    bounds = {}
    if start is not None:
        bounds["gte"] = format_instant(max(start, MIN_INSTANT))
    if end is not None:
        bounds["lte"] = format_instant(min(end, MAX_INSTANT))
    return {"range": {"timestamp": bounds}} if bounds else _ALL


def _field(filter: FieldFilter) -> EsQuery:
    path, value = filter.path, filter.value
    text_field = f"metadata.{path}"
    if isinstance(value, bool):
        return {"term": {text_field: str(value).lower()}}
    if isinstance(value, str):
        number = parse_number(value)
        as_text = {"term": {text_field: value}}
        return as_text if number is None else _any_of([as_text, _number(path, "eq", number)])
    return _number(path, filter.operator, value)


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
