"""The filter tree as JSON: it means what the query language says, and names its mistakes."""

import json
from typing import Any

import pytest

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    EVERYTHING,
    AnyOfFilter,
    CompositeFilter,
    FieldFilter,
    KeywordFilter,
    NotFilter,
)
from app.domain.query import Query
from app.protocols.filter_json import KINDS, parse_filter_json
from app.protocols.json_walk import BodyError
from app.protocols.query_bounds import MAX_TEXT
from app.protocols.query_language import parse_text
from app.protocols.rest import parse_query
from app.protocols.search_body import parse_search
from tests.builders import NOON_NS

SAME: list[tuple[Any, str]] = [
    ({"level": "ERROR"}, "level:ERROR"),
    ({"level": 3}, "level:3"),
    ({"min_level": "warn"}, "level:>=warn"),
    ({"service": "user-*"}, 'service:"user-*"'),
    ({"service_prefix": "user-"}, "service:user-*"),
    ({"time": {"from": "now-1h", "to": "now"}}, "timestamp:[now-1h TO now]"),
    ({"time": {"from": "now/d", "to": "now/d"}}, "timestamp:now/d"),
    ({"time": {"from": 1_795_521_600}}, "timestamp:>=1795521600"),
    ({"keyword": "connection refused"}, '"connection refused"'),
    ({"phrase": "disk full"}, '"disk full"'),
    ({"prefix": "conn"}, "conn*"),
    ({"field": {"path": "a.b", "op": "=", "value": "x"}}, "metadata.a.b:x"),
    ({"field": {"path": "a", "op": "!=", "value": "x"}}, "NOT metadata.a:x"),
    ({"field": {"path": "a", "op": "=", "value": ""}}, 'metadata.a:""'),
    ({"field": {"path": "a", "op": ">", "value": 200}}, "metadata.a:>200"),
    ({"field": {"path": "a", "op": "<=", "value": -1.5}}, "metadata.a:<=-1.5"),
    ({"field": {"path": "a", "op": ">=", "value": "b"}}, "metadata.a:>=b"),
    ({"field": {"path": "a", "op": "prefix", "value": "web"}}, "metadata.a:web*"),
    ({"range": {"path": "a", "gte": 1, "lt": 5}}, "metadata.a:[1 TO 5}"),
    ({"range": {"path": "a", "gt": "b"}}, "metadata.a:>b"),
    ({"exists": "metadata.a"}, "_exists_:metadata.a"),
    ({"exists": "trace_id"}, "_exists_:trace_id"),
    ({"exists": "level"}, "_exists_:level"),
    ({"id": "x-1"}, "id:x-1"),
    ({"correlation_id": "r-1"}, "correlation_id:r-1"),
    ({"trace_id": "t-1"}, "trace_id:t-1"),
    ({"span_id": "s-1"}, "span_id:s-1"),
    ({"network": "10.0.0.0/8"}, "source_ip:10.0.0.0/8"),
    ({"not": {"keyword": "a1"}}, "-a1"),
    ({"all": [{"keyword": "a1"}, {"keyword": "b1"}]}, "a1 b1"),
    ({"any": [{"keyword": "a1"}, {"not": {"level": "INFO"}}]}, "a1 OR NOT level:INFO"),
]


@pytest.mark.parametrize(("tree", "text"), SAME, ids=[text for _, text in SAME])
def test_a_tree_means_the_same_as_the_text(tree: Any, text: str) -> None:
    assert parse_filter_json(tree, NOON_NS) == parse_text(text, NOON_NS)


def test_every_kind_of_filter_is_in_that_table() -> None:
    assert {kind for tree, _ in SAME for kind in tree} == set(KINDS)


def test_what_the_text_cannot_say_the_tree_can() -> None:
    assert parse_filter_json({"all": []}, NOON_NS) == EVERYTHING
    assert parse_filter_json({"any": []}, NOON_NS) == AnyOfFilter()
    flag = {"field": {"path": "a", "op": "=", "value": True}}
    assert parse_filter_json(flag, NOON_NS) == FieldFilter("a", "eq", True)


@pytest.mark.parametrize(
    ("tree", "path", "reason"),
    [
        (None, "filter", "must be an object with one key, one of all, any, not, level"),
        ([], "filter", "must be an object"),
        ({}, "filter", "must be an object with one key"),
        ({"level": "INFO", "service": "x"}, "filter", "must be an object with one key"),
        ({"levels": "INFO"}, "filter", "'levels' is no kind of filter; there are all, any"),
        ({"all": {}}, "filter.all", "must be a list of filters"),
        ({"all": [{"level": "INFO"}, {"level": "LOUD"}]}, "filter.all[1].level", "DEBUG, INFO, WARNING"),
        ({"any": [{"not": {"service": 7}}]}, "filter.any[0].not.service", "must be text of 1 to"),
        ({"not": []}, "filter.not", "must be an object"),
        ({"level": True}, "filter.level", "DEBUG"),
        ({"service": ""}, "filter.service", "must be text of 1 to"),
        ({"service": "x" * (MAX_TEXT + 1)}, "filter.service", f"{MAX_TEXT} characters"),
        ({"time": "now"}, "filter.time", "must be an object with from, to"),
        ({"time": {}}, "filter.time", "must have from or to"),
        ({"time": {"since": "now"}}, "filter.time", "'since' is not known here"),
        ({"time": {"from": "soon"}}, "filter.time.from", "RFC 3339"),
        ({"time": {"from": None}}, "filter.time.from", "RFC 3339"),
        ({"time": {"from": "now", "to": "now-1h"}}, "filter.time", "not be later"),
        ({"keyword": "..."}, "filter.keyword", "letter or digit"),
        ({"keyword": "a " * 101}, "filter", "at most 100 words in a phrase"),
        ({"prefix": "a"}, "filter.prefix", "at least 2 letters"),
        ({"prefix": "*"}, "filter.prefix", "letters or digits"),
        ({"any": [{"prefix": "ab"}] * 11}, "filter", "at most 10 words"),
        ({"field": {"path": "a"}}, "filter.field", "must be an object with path, op, value"),
        ({"field": {"path": "", "op": "=", "value": 1}}, "filter.field.path", "must be text"),
        ({"field": {"path": "a", "op": "~", "value": 1}}, "filter.field.op", "one of =, !=, >"),
        ({"field": {"path": "a", "op": ["="], "value": 1}}, "filter.field.op", "one of ="),
        ({"field": {"path": "a", "op": "=", "value": None}}, "filter.field.value", "a number"),
        ({"field": {"path": "a", "op": "=", "value": 10**400}}, "filter.field.value", "a number"),
        ({"field": {"path": "a", "op": ">", "value": True}}, "filter.field.value", "a number or"),
        ({"field": {"path": "a\0", "op": "=", "value": 1}}, "filter.field", "NUL"),
        ({"range": {"path": "a"}}, "filter.range", "must have a bound"),
        ({"range": {"gt": 1}}, "filter.range.path", "must be text"),
        ({"range": {"path": "a", "gt": 1, "gte": 2}}, "filter.range", "one bound a side"),
        ({"range": {"path": "a", "gt": 1, "lt": "b"}}, "filter.range", "two numbers or two texts"),
        ({"range": {"path": "a", "gt": 2, "lt": 1}}, "filter.range", "the range is empty"),
        ({"exists": "user"}, "filter.exists", "there is no field user"),
        ({"network": "here"}, "filter.network", "10.0.0.0/8"),
        ({"any": [{"level": "INFO"}] * 201}, "filter.any[199]", "too many filters"),
    ],
    ids=lambda value: repr(value)[:50],
)  # fmt: skip
def test_a_mistake_is_named_by_its_place(tree: Any, path: str, reason: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        parse_filter_json(tree, NOON_NS)

    assert (caught.value.field, reason in caught.value.reason) == (path, True), caught.value


@pytest.mark.parametrize("kind", ["not", "all", "any"])
def test_deep_nesting_is_refused(kind: str) -> None:
    def nested(levels: int) -> Any:
        tree: Any = {"level": "INFO"}
        for _ in range(levels):
            tree = {kind: tree if kind == "not" else [tree]}
        return tree

    parse_filter_json(nested(20), NOON_NS)
    with pytest.raises(InvalidQueryError, match="nests too deeply; 20 levels are allowed"):
        parse_filter_json(nested(21), NOON_NS)


def test_choices_and_negations_count_together() -> None:
    tree: Any = {"any": [{"level": "INFO"}]}
    for _ in range(8):
        tree = {"not": {"any": [tree, {"level": "INFO"}]}}
    parse_filter_json(tree, NOON_NS)
    text = "(a1 b1 OR c1 AND " * 13 + "d1" + ")" * 13

    with pytest.raises(InvalidQueryError, match="24 choices, combinations and negations"):
        search(q=text)


def search(**body: Any) -> Query:
    return parse_search(json.dumps(body).encode(), NOON_NS)


def test_a_body_takes_what_the_address_takes() -> None:
    body = {"q": "a1 -b1", "limit": 5, "page": 2, "order": "asc"}

    assert search(**body) == parse_query(
        {"q": "a1 -b1", "limit": "5", "page": "2", "order": "asc"}, NOON_NS
    )


def test_filter_and_text_must_both_match() -> None:
    assert search(q="a1", filter={"not": {"keyword": "b1"}}).filter == CompositeFilter(
        CompositeFilter(KeywordFilter("a1")), NotFilter(KeywordFilter("b1"))
    )


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"limit": 0}, "limit", "from 1 to 1000"),
        ({"limit": 1.5}, "limit", "must be text or a whole number"),
        ({"limit": True}, "limit", "must be text or a whole number"),
        ({"page": 2, "offset": 1}, "page", "together with offset"),
        ({"q": ["a"]}, "q", "must be text"),
        ({"cursor": 7}, "cursor", "must be text: the next_cursor"),
        ({"cursor": None}, "cursor", "must be text: the next_cursor"),
        ({"q": "(a"}, "q", "at character 1"),
        ({"service": "x"}, "service", "is not known; allowed are filter, q, limit"),
        ({"filter": "level:ERROR"}, "filter", "must be an object"),
    ],
)
def test_a_mistake_in_a_body_is_named(body: Any, field: str, reason: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        search(**body)

    assert (caught.value.field, reason in caught.value.reason) == (field, True), caught.value


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b'{"limit": NaN}', b"[" * 65_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError):
        parse_search(body, NOON_NS)
