"""Why a record was refused, told without what is in it."""

from typing import Any

import pytest

from app.stores.elasticsearch.actions import create_action
from app.stores.elasticsearch.bulk import Verdict, send_each
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.documents import encode
from app.stores.elasticsearch.reasons import error_type, explain_item, without_values

CARD = "4111111111111111"
#: A card number among every sign that could end a quotation too early.
HIDDEN = f"a'b]c\"d) in document with id 'x'. {CARD} [e] (f) 'g' \"h\""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"failed to parse field [timestamp] of type [date_nanos] in document with id 'b'. '{CARD}'",
            "failed to parse field [timestamp] of type [date_nanos]",
        ),
        (
            f"failed to parse date field [{CARD}] with format [strict_date_optional_time]",
            "failed to parse date field […]",
        ),
        (f"'{CARD}' is not an IP string literal.", "'…' is not an IP string literal."),
        (f"date[{CARD}] is before the epoch", "date[…] is before the epoch"),
        (f'For input string: "{CARD}"', 'For input string: "…"'),
        (f"Numeric value ({CARD}) out of range", "Numeric value (…) out of range"),
        (f"value [{CARD}", "value […]"),
        ("value [12:30] is bad", "value […] is bad"),
        ("Can't get text on a START_OBJECT", "Can't get text on a START_OBJECT"),
        (
            f'Duplicate field\n at [Source: (byte[])"{{"a":"{CARD}"}}"; line: 1]',
            "Duplicate field\n at […]",
        ),
        (
            "object mapping for [a.b] tried to parse field [b] as object, but found a concrete value",
            "object mapping for [a.b] tried to parse field [b] as object, but found a concrete value",
        ),
        (
            "[1:16] mapping set to strict, dynamic introduction of [a] within [_doc] is not allowed",
            "[1:16] mapping set to strict, dynamic introduction of [a] within [_doc] is not allowed",
        ),
        (
            "index [logs-1] blocked by: [FORBIDDEN/8/index write (api); see https://host/page];",
            "index [logs-1] blocked by: [FORBIDDEN/8/index write (api); see https://host/page];",
        ),
        (f"value {CARD} index [{CARD}] blocked by", f"value {CARD} index […] blocked by"),
        ("", ""),
        ("nothing quoted", "nothing quoted"),
    ],
)
def test_what_is_quoted_is_cut_out_and_the_names_of_fields_stay(text: str, told: str) -> None:
    assert without_values(text) == told


def test_a_reason_tells_the_type_and_the_cause() -> None:
    failure = {
        "type": "document_parsing_exception",
        "reason": f"[1:14] failed to parse field [a] of type [ip] in document with id '{CARD}'",
        "caused_by": {"type": "illegal_argument_exception", "reason": f"'{CARD}' is no address"},
    }

    reason = explain_item(failure)

    assert reason == (
        "document_parsing_exception: [1:14] failed to parse field [a] of type [ip]: "
        "'…' is no address"
    )
    assert error_type(reason) == "document_parsing_exception"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ({}, "no reason given"),
        ({"type": "a_exception"}, "a_exception"),
        ({"type": "a_exception", "reason": None}, "a_exception"),
        ({"reason": "because"}, "because"),
    ],
)
def test_a_failure_that_says_little_is_told_as_it_is(failure: dict[str, Any], reason: str) -> None:
    assert explain_item(failure) == reason


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("a_exception: because", "a_exception"),
        ("Elasticsearch: 400 x_content_parse_exception: […]", "x_content_parse_exception"),
        ("because of an a_exception", ""),
        ("", ""),
    ],
)
def test_the_type_of_an_error_is_what_its_reason_begins_with(reason: str, found: str) -> None:
    assert error_type(reason) == found


FIELD_TYPES = [
    *("date", "date_nanos", "ip", "long", "integer", "byte", "double", "half_float", "boolean"),
    *("keyword", "text", "flattened", "object", "nested", "unsigned_long", "geo_point", "version"),
    *("binary", "completion", "ip_range", "date_range", "long_range", "rank_feature"),
]
VALUES = [
    *(HIDDEN, CARD, int(CARD), int(CARD * 2), float(CARD), True, "", -1),
    *([HIDDEN], [[HIDDEN]], {"a": HIDDEN}, {HIDDEN: 1}, {"a": {"b": {"c": HIDDEN}}}),
    *("x" * 40_000 + HIDDEN, f"2300-01-01T00:00:00Z {CARD}", {"lat": HIDDEN, "lon": CARD}),
]


@pytest.mark.es
def test_no_refusal_of_elasticsearch_repeats_a_value(client: Client, es_prefix: str) -> None:
    index = f"{es_prefix}-strict"
    client.indices.create(index=index, mappings={"dynamic": "strict"})
    for kind in FIELD_TYPES:
        # A type that this distribution lacks is refused.
        fields = {f"a_{kind}": {"type": kind}}
        client.options(ignore_status=400).indices.put_mapping(index=index, properties=fields)
    mapping = client.indices.get_mapping(index=index)[index]["mappings"]
    sources = [encode({name: value}) for name in mapping["properties"] for value in VALUES]
    sources += [b'{"a_text":%b' % CARD.encode(), b'{"a_text":"%b"}}' % CARD.encode()]
    sources += [b'{"a_text":x%b}' % CARD.encode(), b'"%b"' % CARD.encode()]
    # The ids are secret as well, and hold quotes.
    actions = [create_action(f"{at}' {CARD}", index, body) for at, body in enumerate(sources)]

    reasons = [
        answer.reason for answer in send_each(client, actions) if answer.verdict is Verdict.REJECTED
    ]

    assert len(reasons) > 100
    for reason in reasons:
        assert CARD[:8] not in reason
        assert len(reason) < 500
        assert error_type(reason)
