"""The query language: what a text means, and how a mistake in it is told."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from luqum import tree
from luqum.thread import parse as parse_lucene

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    EVERYTHING,
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
    ServiceFilter,
    ServicePrefixFilter,
    SpanIdFilter,
    TimeRangeFilter,
    TraceIdFilter,
    WordPrefixFilter,
)
from app.domain.levels import LogLevel
from app.protocols.query_bounds import MAX_DEPTH, MAX_TEXT, MAX_VALUES
from app.protocols.query_language import parse_text
from tests.builders import HOUR, NOON_NS

A, B, C = KeywordFilter("a1"), KeywordFilter("b1"), KeywordFilter("c1")


def meaning(text: str) -> Filter:
    return parse_text(text, NOON_NS)


@pytest.mark.parametrize(
    ("text", "filter"),
    [
        ("", EVERYTHING),
        (" \t ", EVERYTHING),
        ("a1", A),
        ("a1 b1", CompositeFilter(A, B)),
        ("a1 AND b1", CompositeFilter(A, B)),
        ("a1 && b1", CompositeFilter(A, B)),
        ("a1 OR b1", AnyOfFilter(A, B)),
        ("a1 || b1", AnyOfFilter(A, B)),
        ("a1 and b1", CompositeFilter(A, KeywordFilter("and"), B)),
        ("NOT a1", NotFilter(A)),
        ("-a1", NotFilter(A)),
        ("!a1", NotFilter(A)),
        ("+a1 -b1", CompositeFilter(A, NotFilter(B))),
        ("NOT -a1", NotFilter(NotFilter(A))),
        ("a1 OR b1 AND c1", AnyOfFilter(A, CompositeFilter(B, C))),
        ("a1 b1 OR c1", CompositeFilter(A, AnyOfFilter(B, C))),
        ("NOT a1 OR b1", AnyOfFilter(NotFilter(A), B)),
        ("(a1 b1) OR c1", AnyOfFilter(CompositeFilter(A, B), C)),
        ("-(a1 OR b1)", NotFilter(AnyOfFilter(A, B))),
        ("((a1))", A),
        ("NOT(a1)", NotFilter(A)),
        ("a1(b1)", CompositeFilter(A, B)),
    ],
)
def test_terms_combine_as_in_kibana_and_all_of_them_must_match(text: str, filter: Filter) -> None:
    assert meaning(text) == filter


@pytest.mark.parametrize(
    ("text", "filter"),
    [
        ('"connection refused"', KeywordFilter("connection refused")),
        ("message:refused", KeywordFilter("refused")),
        ('message:(a1 OR "b1 c1")', AnyOfFilter(A, KeywordFilter("b1 c1"))),
        ("conn*", WordPrefixFilter("conn")),
        ("message:user-*", WordPrefixFilter("user-")),
        ('"conn*"', KeywordFilter("conn*")),
        (r"conn\*", KeywordFilter("conn*")),
        (r"say\ \"hi\"", KeywordFilter('say "hi"')),
        (r'"say \"hi\""', KeywordFilter('say "hi"')),
        (r'"C:\temp\new"', KeywordFilter(r"C:\temp\new")),
        ('"AND"', KeywordFilter("AND")),
        ("*", EVERYTHING),
        ("*:*", EVERYTHING),
        ("message:*", EVERYTHING),
        ("* AND a1", CompositeFilter(EVERYTHING, A)),
    ],
)
def test_words_and_phrases_are_looked_for_in_the_message(text: str, filter: Filter) -> None:
    assert meaning(text) == filter


@pytest.mark.parametrize(
    "token",
    [
        "user-service", "com.foo.Bar", "/api/v1/x", "0xdeadbeef", "10.0.0.1:8080", "12:30:45", "a@b.c",
        "key=value", "x={1}", "50%", "#42", "--verbose", "->next", "don't", "'quoted'", "a/b/c.py:12",
        "x<y", "main.cpp,7", "ünïcode", "日本語", "a^b", "a~b", "TO", "::1", "!!x",
    ],
)  # fmt: skip
def test_a_token_of_a_log_line_can_be_pasted_as_it_is(token: str) -> None:
    assert meaning(token) == KeywordFilter(token)


@pytest.mark.parametrize(
    ("text", "filter"),
    [
        ("level:ERROR", LevelFilter(LogLevel.ERROR)),
        ("level: warn", LevelFilter(LogLevel.WARNING)),
        ("level:3", LevelFilter(LogLevel.ERROR)),
        ("level:>=WARNING", MinimumLevelFilter(LogLevel.WARNING)),
        ("level:>warn", AnyOfFilter(LevelFilter(LogLevel.ERROR), LevelFilter(LogLevel.CRITICAL))),
        ("level:<INFO", LevelFilter(LogLevel.DEBUG)),
        ("level:<DEBUG", AnyOfFilter()),
        ("level:[WARN TO *]", MinimumLevelFilter(LogLevel.WARNING)),
        ("level:{INFO TO ERROR}", LevelFilter(LogLevel.WARNING)),
        ("level:*", EVERYTHING),
        ("service:payment", ServiceFilter("payment")),
        ('service:"my shop"', ServiceFilter("my shop")),
        ("service:user-*", ServicePrefixFilter("user-")),
        ("service:(a OR b*)", AnyOfFilter(ServiceFilter("a"), ServicePrefixFilter("b"))),
        ("service:(a -b)", CompositeFilter(ServiceFilter("a"), NotFilter(ServiceFilter("b")))),
        ("id:1704110400000-1-123", IdFilter("1704110400000-1-123")),
        ("correlation_id:req-1", CorrelationIdFilter("req-1")),
        ("trace_id:4bf92f", TraceIdFilter("4bf92f")),
        ("span_id:00f0", SpanIdFilter("00f0")),
        ("trace_id:*", ExistsFilter("trace_id")),
        ("_exists_:source_ip", ExistsFilter("source_ip")),
        ("_exists_:metadata", ExistsFilter("metadata")),
        ("_exists_:metadata.user", FieldExistsFilter("user")),
        ("_exists_:level", EVERYTHING),
        ("NOT _exists_:trace_id", NotFilter(ExistsFilter("trace_id"))),
        ("source_ip:10.0.0.0/8", NetworkFilter(ip_network("10.0.0.0/8"))),
        ("source_ip:2001:db8::/32", NetworkFilter(ip_network("2001:db8::/32"))),
        ("source_ip:(::1)", NetworkFilter(ip_network("::1"))),
    ],
)
def test_a_field_has_values_of_its_own_kind(text: str, filter: Filter) -> None:
    assert meaning(text) == filter


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("[now-1h TO now]", NOON_NS - HOUR, NOON_NS),
        ("{now-1h TO now}", NOON_NS - HOUR + 1, NOON_NS - 1),
        ("[now-1h TO now}", NOON_NS - HOUR, NOON_NS - 1),
        ("[now-1h TO *]", NOON_NS - HOUR, None),
        ("[* TO now]", None, NOON_NS),
        (">now-1h", NOON_NS - HOUR + 1, None),
        (">=2026-11-24T12:00:00+01:00", NOON_NS - HOUR, None),
        ('<"2026-11-24 12:00:00Z"', None, NOON_NS - 1),
        ("<=1795521600", None, NOON_NS),
        ("2026-11-24T12:00:00Z", NOON_NS, NOON_NS),
        ("now/h", NOON_NS, NOON_NS + HOUR - 1),
        ("2026-11-24", NOON_NS - 12 * HOUR, NOON_NS + 12 * HOUR - 1),
        ("[2026-11-23 TO 2026-11-24]", NOON_NS - 36 * HOUR, NOON_NS + 12 * HOUR - 1),
        ("{2026-11-22 TO 2026-11-24}", NOON_NS - 36 * HOUR, NOON_NS - 12 * HOUR - 1),
        (">2026-11-23", NOON_NS - 12 * HOUR, None),
        ("<2026-11-24", None, NOON_NS - 12 * HOUR - 1),
        ("[now/h TO now/h]", NOON_NS, NOON_NS + HOUR - 1),
        ("<now/h", None, NOON_NS - 1),
        (">now/h", NOON_NS + HOUR, None),
    ],
)
def test_times_have_ranges(text: str, start: int | None, end: int | None) -> None:
    assert meaning(f"timestamp:{text}") == TimeRangeFilter(start, end)


@pytest.mark.parametrize(
    ("text", "filter"),
    [
        ("metadata.user_id:42", FieldFilter("user_id", "eq", "42")),
        ('metadata.a.b:"x y"', FieldFilter("a.b", "eq", "x y")),
        ('metadata.a:""', FieldFilter("a", "eq", "")),
        (r"metadata.a\:b:1", FieldFilter("a:b", "eq", "1")),
        ("metadata.app.kubernetes.io/name:x", FieldFilter("app.kubernetes.io/name", "eq", "x")),
        ("metadata.url:http://x/y", FieldFilter("url", "eq", "http://x/y")),
        ("metadata.a:*", FieldExistsFilter("a")),
        ("metadata.a:web*", FieldPrefixFilter("a", "web")),
        ("metadata.a:>200", FieldRangeFilter("a", 200, None, includes_low=False)),
        ("metadata.a:>=1.5", FieldRangeFilter("a", 1.5, None)),
        ("metadata.a:<-2", FieldRangeFilter("a", None, -2, includes_high=False)),
        ("metadata.a:[1 TO 5}", FieldRangeFilter("a", 1, 5, includes_high=False)),
        ("metadata.a:[* TO 1e3]", FieldRangeFilter("a", None, 1000)),
        ("metadata.a:>.5", FieldRangeFilter("a", 0.5, None, includes_low=False)),
        ("metadata.a:[-.5 TO +5.]", FieldRangeFilter("a", -0.5, 5)),
        ("metadata.a:>=007", FieldRangeFilter("a", "007", None)),
        ('metadata.a:>="200"', FieldRangeFilter("a", "200", None)),
        ("metadata.a:>=2026-01-01", FieldRangeFilter("a", "2026-01-01", None)),
        ("metadata.a:[b TO c]", FieldRangeFilter("a", "b", "c")),
    ],
)
def test_metadata_is_compared_as_numbers_or_as_text(text: str, filter: Filter) -> None:
    assert meaning(text) == filter


def test_the_example_of_the_documentation() -> None:
    assert meaning(
        'level:ERROR service:(payment OR user-*) "connection refused" -health metadata.user_id:42'
        " metadata.duration_ms:>200 source_ip:10.0.0.0/8 timestamp:[now-1h TO now]"
    ) == CompositeFilter(
        LevelFilter(LogLevel.ERROR),
        AnyOfFilter(ServiceFilter("payment"), ServicePrefixFilter("user-")),
        KeywordFilter("connection refused"),
        NotFilter(KeywordFilter("health")),
        FieldFilter("user_id", "eq", "42"),
        FieldRangeFilter("duration_ms", 200, None, includes_low=False),
        NetworkFilter(ip_network("10.0.0.0/8")),
        TimeRangeFilter(NOON_NS - HOUR, NOON_NS),
    )


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        ("a1 (b1", 4, "a closing ) is missing"),
        ("a1)", 3, "there is no ( that this ) closes"),
        ('a1 "b1', 4, 'a closing " is missing'),
        ("a1 AND", 7, "something must follow AND"),
        ("AND a1", 1, "something must stand before AND"),
        ("a1 OR OR b1", 7, "something must stand before OR"),
        ("NOT", 4, "something must follow NOT"),
        ("(a1 AND )", 9, "something must follow AND"),
        ("main()", 5, "nothing stands between ( and )"),
        ("level:", 7, "a value must follow level:"),
        ("level: AND a1", 7, "a value must follow level:"),
        ("metadata.a:>", 13, "a value must follow >"),
        ("metadata.a:[1 2]", 15, "TO is missing"),
        ("metadata.a:[1", 14, "TO is missing"),
        ("metadata.a:[", 12, "a bound is missing"),
        ("metadata.a:[1 TO ]", 12, "a bound is missing"),
        ("metadata.a:[1 TO 2", 12, "a closing ] or } is missing"),
        ("metadata.a:[* TO *]", 12, "a range needs a bound"),
        ("metadata.a:[3 TO 1]", 12, "the range is empty"),
        ("metadata.a:[b TO a]", 12, "the range is empty"),
        ("metadata.a:[1 TO b]", 12, "two numbers or two texts"),
        ("metadata.a:[1* TO 2]", 13, "a bound takes no wildcard"),
        ("metadata.a:>1e999", 13, "the range of a double"),
        ("timestamp:[now TO now-1h]", 11, "the range is empty"),
        ("timestamp:yesterday", 11, "a time must be an RFC 3339 time"),
        ("timestamp:now*", 11, "a time must be"),
        ("[ERROR]", 1, "a range must follow a field"),
        ("a1 > 5", 4, "a range must follow a field"),
        ("a1\\", 3, "a character must follow \\"),
        ("level:LOUD", 7, "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("level:err*", 7, "a level must be one of"),
        ("service:>a", 9, "services have no order"),
        ("trace_id:4bf*", 10, "compared as a whole"),
        ("source_ip:localhost", 11, "10.0.0.0/8"),
        ("source_ip:10.0.*", 11, "source_ip:10.0.0.0/8"),
        ("service:(a level:b)", 12, "a field cannot stand among the values"),
        ("message:(level:b1)", 10, "a field cannot stand among the values"),
        ("user:7", 1, "there is no field user (did you mean metadata.user?); there are level"),
        ("user:7", 1, "metadata.<key>"),
        ("a1 servce:x", 4, "did you mean service?"),
        ("http://x/y", 1, "put it in quotes"),
        ("_exists_:user", 10, "there is no field user"),
        ("_exists_:metadata.*", 10, "takes no wildcard"),
        ("metadata.:1", 1, "a key of metadata has 1 to 1024 characters"),
        ("metadata.a*:1", 11, "a name of a field takes no wildcard"),
        ("a1 -->", 4, "no letter or digit"),
        ("a1 - b1", 4, "no letter or digit"),
        ('"..."', 1, "no letter or digit"),
        ("/conn.*ed/", 1, "regular expressions are not supported"),
        ("service:/a|b/", 9, "regular expressions are not supported"),
        ("a1~", 3, "fuzzy search (~) is not supported"),
        ("a1~2", 3, "fuzzy search (~) is not supported"),
        ('"a1 b1"~3', 8, "a distance (~) is not supported"),
        ("a1^2", 3, "a boost (^) is not supported"),
        ("(a1)^2", 5, "a boost (^) is not supported"),
        ("--*", 1, "needs letters or digits before it"),
        ('"a1 b1"*', 8, "only be a * at the end of a word"),
        ("(a1 b1)*", 8, "only be a * at the end of a word"),
        ("level:[ERROR TO INFO]", 7, "the range is empty"),
        ("level:{ERROR TO WARN]", 7, "the range is empty"),
        ("LEVEL:ERROR", 1, "did you mean level?"),
        ("@timestamp:>now-1h", 1, "did you mean timestamp?"),
        ("timestamp:2026-02-30", 11, "no date or time of day that exists"),
        ("metadata.a:>5.e999", 13, "the range of a double"),
        ("a1 *fused", 4, "only be a * at the end"),
        ("con*ed", 4, "only be a * at the end"),
        ("conn?ct", 5, "only be a * at the end"),
        ("service:*pay", 9, "only be a * at the end"),
        ("a*", 1, "at least 2 letters or digits"),
    ],
)
def test_a_mistake_is_named_by_its_character_and_by_what_was_expected(
    text: str, at: int, reason: str
) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        meaning(text)

    assert caught.value.field == "q"
    assert caught.value.reason.startswith(f"at character {at}: ")
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x" * 10_000, f"at most {MAX_TEXT} characters"),
        ("(" * 5_000 + "a1" + ")" * 5_000, f"at most {MAX_TEXT} characters"),
        (" ".join(f"a{n}" for n in range(5_000)), f"at most {MAX_TEXT} characters"),
        ("a1 " * (MAX_VALUES + 1), f"{MAX_VALUES} are allowed"),
        ("service:(" + "a " * (MAX_VALUES + 1) + ")", f"{MAX_VALUES} are allowed"),
        ("(" * (MAX_DEPTH + 1) + "a1" + ")" * (MAX_DEPTH + 1), f"{MAX_DEPTH} levels are allowed"),
        ("NOT " * (MAX_DEPTH + 1) + "a1", f"{MAX_DEPTH} levels are allowed"),
        ("(" * MAX_TEXT, f"{MAX_DEPTH} levels are allowed"),
        ("(a1 b1 OR c1 AND " * 20 + "d1" + ")" * 20, "24 choices, combinations and negations"),
        ("ab* " * 11, "at most 10 words of the message that are only begun"),
        ('"' + "a " * 101 + '"', "at most 100 words in a phrase"),
        ("日" * 101, "at most 100 words in a phrase"),
        ("\\" * (MAX_TEXT - 1), "no letter or digit"),
        ('"' + '\\"' * 2_000, 'a closing " is missing'),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_would_cost_too_much_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidQueryError, match=reason) as caught:
        meaning(text)

    assert caught.value.field == "q"


def test_what_just_fits_is_taken() -> None:
    meaning("a1 " * MAX_VALUES)
    meaning("(" * MAX_DEPTH + "a1" + ")" * MAX_DEPTH)
    meaning("x" * MAX_TEXT)
    meaning('"' + "a " * 100 + '"')


@given(st.text(st.sampled_from('ab1 :()[]{}"*?\\/~^+-!<>=|&.TOANDR\n日'), max_size=40))
def test_any_text_is_a_filter_or_a_mistake_with_a_place(text: str) -> None:
    told = None
    try:
        meaning(text)
    except InvalidQueryError as error:
        told = str(error)

    assert told is None or told.startswith("q: at character ")


words = st.sampled_from(["a1", "b1", '"a1 b1"', "level:ERROR", "service:(x OR y)"])
operands = st.one_of(
    words, words.map(lambda text: f"NOT {text}"), words.map(lambda text: f"-{text}")
)
# What stands side by side binds less than OR here, and more in Lucene: brackets say which is meant.
lucene = st.recursive(
    operands,
    lambda inner: st.tuples(
        st.sampled_from([" ", " AND ", " OR "]),
        st.lists(st.one_of(operands, inner.map(lambda text: f"({text})")), min_size=1, max_size=3),
    ).map(lambda joined: joined[0].join(joined[1])),
    max_leaves=8,
)


@given(lucene)
def test_common_queries_mean_what_a_parser_of_lucene_makes_of_them(text: str) -> None:
    assert _flat(meaning(text)) == _flat(_of_lucene(parse_lucene(text)))


def _of_lucene(node: tree.Item, field: str = "") -> Filter:
    match node:
        case tree.OrOperation():
            return AnyOfFilter([_of_lucene(child, field) for child in node.children])
        case tree.AndOperation() | tree.UnknownOperation():
            return CompositeFilter([_of_lucene(child, field) for child in node.children])
        case tree.Not() | tree.Prohibit():
            return NotFilter(_of_lucene(node.a, field))
        case tree.Group() | tree.FieldGroup():
            return _of_lucene(node.expr, field)
        case tree.SearchField():
            return _of_lucene(node.expr, node.name)
        case _:
            return meaning(f"{field}:{node.value}" if field else node.value)


def _flat(filter: Filter) -> Filter:
    """Without groups that say nothing: one of one, all in all, any in any."""
    match filter:
        case CompositeFilter(filters) | AnyOfFilter(filters):
            parts: list[Filter] = []
            for part in map(_flat, filters):
                same = isinstance(part, type(filter))
                parts += (
                    part.filters
                    if same and isinstance(part, CompositeFilter | AnyOfFilter)
                    else [part]
                )
            return parts[0] if len(parts) == 1 else type(filter)(parts)
        case NotFilter(inner):
            return NotFilter(_flat(inner))
        case _:
            return filter
