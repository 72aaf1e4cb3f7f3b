"""Records out of JSON and NDJSON bodies."""

import json
from typing import Any

import pytest

from app.domain.draft import Malformed
from app.protocols.encodings import TooLargeError
from app.protocols.json_records import decode_batch, decode_one
from app.protocols.json_walk import BodyError
from tests.protocols.ndjson import decode_lines

BOM = b"\xef\xbb\xbf"
SHAPE = "a batch is .* with a list of records"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b' \r\n\t{"a": 1} \n', {"a": 1}),
        (BOM + b'{"a": 1}', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": "日本😀"}'.encode(), {"a": "日本😀"}),
        (b'{"a": "\\u0000\\ud83d\\ude00"}', {"a": "\0😀"}),
        (b'{"a": "\\ud800x"}', {"a": "\ufffdx"}),
        (b'{"\\udfff": ["\\ud800"]}', {"\ufffd": ["\ufffd"]}),
        (b'{"a": [1, 1.5, -0, true, false, null]}', {"a": [1, 1.5, 0, True, False, None]}),
        (b'{"a": 18446744073709551615}', {"a": 18_446_744_073_709_551_615}),
        (b'{"a": 18446744073709551616}', {"a": 1.8446744073709552e19}),
        (b"[]", []),
        (b"7", 7),
        (b'"text"', "text"),
        (b"null", None),
    ],
    ids=repr,
)
def test_one_record_is_the_json_value(body: bytes, value: Any) -> None:
    assert decode_one(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"a": }',
        b"{'a': 1}",
        b'{"a": 1,}',
        b"{a: 1}",
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": "\n"}',
        b'{"a": "\\x"}',
        b"// no\n{}",
        b"{} {}",
        b"{}\x00",
        b"\xff\xfe{\x00}\x00",
        '{"a": 1}'.encode("utf-16-le"),
        BOM + BOM + b"{}",
        b"<html>",
    ],
    ids=repr,
)
def test_what_is_no_json_is_a_body_error(body: bytes) -> None:
    with pytest.raises(BodyError, match=r"\w"):
        decode_one(body)


BAD_RECORDS: dict[str, tuple[bytes, str]] = {
    "NaN": (b'{"a": NaN}', "NaN"),
    "Infinity": (b'{"a": [Infinity]}', "Infinity"),
    "minus Infinity": (b'{"a": {"b": -Infinity}}', "-Infinity"),
    "bare NaN": (b"NaN", "NaN"),
    "NaN beside brackets in text": (b'{"a": "]}[{\\"", "b": NaN}', "NaN"),
    "no UTF-8": (b'{"a": "\xff"}', "UTF-8"),
    "overlong UTF-8": (b'{"a": "\xc0\xaf"}', "UTF-8"),
    "surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
    "torn UTF-8": (b'{"a": "\xe6\x97"}', "UTF-8"),
    "no UTF-8 in a key": (b'{"\xff": 1}', "UTF-8"),
    "deep array": (b"[" * 2_000 + b"]" * 2_000, "deeply"),
    "deep object": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deeply"),
}
bad_records = pytest.mark.parametrize(("bad", "reason"), BAD_RECORDS.values(), ids=BAD_RECORDS)


def assert_malformed(value: Any, reason: str) -> None:
    assert isinstance(value, Malformed)
    assert reason in value.reason


@bad_records
def test_a_bad_record_alone_is_malformed(bad: bytes, reason: str) -> None:
    assert_malformed(decode_one(bad), reason)


@bad_records
@pytest.mark.parametrize("frame", [b"[%s]", b'{"logs": [%s]}'], ids=["array", "logs"])
def test_a_bad_record_does_not_cost_its_neighbours(bad: bytes, reason: str, frame: bytes) -> None:
    body = frame % b", ".join([b'{"n": 1}', bad, b'{"n": [2]}', bad, b'"3"'])

    records = decode_batch(body, 5)

    assert [records[0], records[2], records[4]] == [{"n": 1}, {"n": [2]}, "3"]
    assert_malformed(records[1], reason)
    assert_malformed(records[3], reason)


@bad_records
def test_a_bad_record_is_bad_wherever_it_stands(bad: bytes, reason: str) -> None:
    only, first, last = (
        decode_batch(b"[" + bad + b"]", 1),
        decode_batch(b"[" + bad + b',{"n":1}]', 2),
        decode_batch(b'[{"n":1},' + bad + b"]", 2),
    )

    for record in (only[0], first[0], last[1]):
        assert_malformed(record, reason)
    assert (first[1], last[0]) == ({"n": 1}, {"n": 1})


@bad_records
def test_a_bad_line_does_not_cost_its_neighbours(bad: bytes, reason: str) -> None:
    records = decode_lines(b"\n".join([b'{"n": 1}', bad, b'{"n": 2}']), 3)

    assert [records[0], records[2]] == [{"n": 1}, {"n": 2}]
    assert_malformed(records[1], reason)


@pytest.mark.parametrize("depth", [25, 400, 600, 900, 1_010, 1_100, 3_000])
def test_however_deep_a_record_nests_its_neighbours_are_read(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth

    records = decode_batch(b'[{"a": NaN}, ' + deep + b', {"n": 1}]', 3)

    assert records[2] == {"n": 1}


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (b'{"logs": []}', []),
        (b"[]", []),
        (b'{"logs": [{"n": 1}, {"n": 2}]}', [{"n": 1}, {"n": 2}]),
        (b'[{"n": 1}, "x", null, 7]', [{"n": 1}, "x", None, 7]),
        (BOM + b' {"logs" : [ ] } ', []),
    ],
    ids=repr,
)
def test_a_batch_is_an_array_or_an_object_with_one(body: bytes, records: list[Any]) -> None:
    assert decode_batch(body, 10) == records


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"7", SHAPE),
        (b'"logs"', SHAPE),
        (b"null", SHAPE),
        (b"{}", SHAPE),
        (b'{"logs": {}}', SHAPE),
        (b'{"logs": null}', SHAPE),
        (b'{"logs": [], "more": 1}', "'more' is not known here"),
        (b'{"log": NaN}', SHAPE),
        (b'{"logs": NaN}', SHAPE),
        (b'{"logs": [NaN], "more": 1}', r"\w"),
        (b"NaN", r"\w"),
        (b"", "Expecting value"),
        (b'[{"n": 1}', "Expecting ',' delimiter"),
        (b'[{"n": 1} {"n": 2}]', "Expecting ',' delimiter"),
        (b'[{"n": 1},]', r"\w"),
        (b"[NaN] []", "more after the end"),
        (b'[{"a": NaN}, {"n": ]', r"\w"),
        (b'[{"a": NaN', r"\w"),
        (b"[" * 100_000, "nests too deeply"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_body_of_another_shape_says_what_is_wrong(body: bytes, reason: str) -> None:
    with pytest.raises(BodyError, match=reason):
        decode_batch(body, 10)


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (b"", []),
        (b"\n \n\r\n", []),
        (b'{"n": 1}', [{"n": 1}]),
        (b'{"n": 1}\n{"n": 2}\n', [{"n": 1}, {"n": 2}]),
        (b'\r\n{"n": 1}\r\n\r\n{"n": 2}', [{"n": 1}, {"n": 2}]),
        (BOM + b'{"n": 1}', [{"n": 1}]),
        ('{"n": "a\u2028b\u0085c"}\n7'.encode(), [{"n": "a\u2028b\u0085c"}, 7]),
    ],
    ids=repr,
)
def test_in_ndjson_each_line_that_is_not_blank_is_a_record(body: bytes, records: list[Any]) -> None:
    assert decode_lines(body, 10) == records


@pytest.mark.parametrize("line", [b"{", b"oops", b"{} {}", b'{"a": 1'], ids=repr)
def test_a_line_that_is_no_json_is_malformed_and_the_next_is_read(line: bytes) -> None:
    records = decode_lines(line + b'\n{"n": 1}', 2)

    assert_malformed(records[0], "the line is no JSON")
    assert records[1] == {"n": 1}


@pytest.mark.parametrize(
    ("decode", "body"),
    [
        (decode_batch, b"[1, 2, 3]"),
        (decode_batch, b'{"logs": [1, 2, 3]}'),
        (decode_batch, b"[NaN, 2, 3]"),
        (decode_batch, b'{"logs": [1, NaN, 3]}'),
        (decode_lines, b"1\n2\n3"),
        (decode_lines, b"oops\n\noops\noops"),
    ],
    ids=lambda value: repr(value) if isinstance(value, bytes) else value.__name__,
)
def test_more_records_than_allowed_are_refused(decode: Any, body: bytes) -> None:
    assert len(decode(body, 3)) == 3

    with pytest.raises(TooLargeError, match="more than 2 records"):
        decode(body, 2)


def test_records_beyond_the_number_allowed_are_not_even_decoded() -> None:
    broken_later = b"NaN," * 3 + b"{broken"

    with pytest.raises(TooLargeError):
        decode_batch(b"[" + broken_later, 2)


def test_a_number_beyond_a_double_is_left_to_be_refused_with_its_field() -> None:
    records = decode_batch(b'[{"a": 1e400}, {"a": %s}]' % (b"1" * 5_000), 2)

    assert json.dumps(records) == '[{"a": Infinity}, {"a": Infinity}]'


FAULTS: dict[str, tuple[bytes, str, str]] = {
    "NaN": (b"NaN", "holds NaN, which is no JSON number", ""),
    "Infinity inside": (b'{"a":[1,-Infinity]}', "holds -Infinity, which is no JSON number", ""),
    "no UTF-8": (b'"\xff"', "is not valid UTF-8", ""),
    "overlong UTF-8 inside": (b'[{"\xc0\xaf":1}]', "is not valid UTF-8", ""),
    "nesting": (
        b"[" * 10_000 + b"]" * 10_000,
        "nests too deeply; 20 levels are taken",
        "max_nesting",
    ),
}


@pytest.mark.parametrize(("value", "reason", "rule"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    "record",
    [b'{"id":"x","f":%b}', b'{"f":%b,"id":"x"}', b' {"f" : %b , "f":1, "g":NaN, "id":"x" } '],
    ids=["last", "first", "among others"],
)
def test_the_field_at_fault_is_named_and_the_id_told(
    record: bytes, value: bytes, reason: str, rule: str
) -> None:
    refused = Malformed(reason, "f", "x", rule or None)

    assert decode_one(record.replace(b"%b", value)) == refused
    assert decode_batch(b"[1,%b]" % record.replace(b"%b", value), 2) == [1, refused]


def test_a_name_that_is_no_utf_8_is_told_with_signs_in_place() -> None:
    assert decode_one(b'{"a\xff":1}') == Malformed("is not valid UTF-8", "a\ufffd")


def test_names_of_any_length_are_not_told_whole() -> None:
    refused = decode_one(b'{"id":"%b","%b":NaN}' % (b"i" * 9_999, b"n" * 9_999))

    assert refused == Malformed("holds NaN, which is no JSON number", "n" * 512, "i" * 512)


@pytest.mark.parametrize("quotes", [b'"' * 1_000_001, b'\\"' * 500_000, b'"\\' * 500_001])
def test_text_that_does_not_end_takes_no_more_time_than_other_text(quotes: bytes) -> None:
    # Tried from each of its quotes, it would take hours.
    with pytest.raises(BodyError):
        decode_one(b'{"a":NaN,"b":"' + quotes)
