"""The fast way and the slow way through a JSON body are one and the same reader."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.draft import Malformed
from app.protocols.encodings import TooLargeError
from app.protocols.json_records import decode_batch, decode_one
from app.protocols.json_walk import BodyError
from tests.protocols.ndjson import decode_lines

numbers = st.one_of(
    st.integers(),
    st.integers(-(2**65), 2**65),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
)
texts = st.text(st.characters(codec="utf-8"))
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
layouts = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


NAN = b'{"bad": NaN}'


def same(one: Any, other: Any) -> bool:
    """Equal also in type: 1, 1.0 and true differ."""
    return repr(one) == repr(other)


@given(st.lists(documents, max_size=4), layouts)
def test_a_bad_neighbour_changes_nothing_about_a_record(
    records: list[Any], layout: dict[str, Any]
) -> None:
    parts = [json.dumps(record, **layout).encode() for record in records]

    fast = decode_batch(b"[" + b",".join(parts) + b"]", 9)
    slow = decode_batch(b"[" + b",".join([*parts, NAN]) + b"]", 9)
    in_object = decode_batch(b'{"logs":[' + b",".join([*parts, NAN]) + b"]}", 9)

    assert same(fast, slow[:-1])
    assert same(fast, in_object[:-1])


@given(st.lists(documents, max_size=4))
def test_a_record_is_the_same_alone_in_a_batch_and_on_a_line(records: list[Any]) -> None:
    parts = [json.dumps(record).encode() for record in records]

    alone = [decode_one(part) for part in parts]

    assert same(alone, decode_batch(b"[" + b",".join(parts) + b"]", 9))
    assert same(alone, decode_lines(b"\n".join(parts), 9))


@given(documents)
def test_a_record_is_what_was_sent(record: Any) -> None:
    def as_doubles(value: Any) -> Any:
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            return float(value)
        if isinstance(value, list):
            return [as_doubles(item) for item in value]
        if isinstance(value, dict):
            return {key: as_doubles(item) for key, item in value.items()}
        return value

    assert same(decode_one(json.dumps(record).encode()), as_doubles(record))


pieces = st.lists(
    st.sampled_from(
        [
            *[b"[", b"]", b"{", b"}", b",", b":", b'"', b'"a"', b"1", b"NaN", b"-", b"\\", b" "],
            *[b"\xff", b'"\\ud800"', b"1e400", b"null", b"\n", b'{"logs":[', b"1" * 25],
        ]
    ),
    max_size=25,
).map(b"".join)


@given(pieces | st.binary())
def test_any_bytes_are_records_or_a_refusal_of_the_body(body: bytes) -> None:
    for decode in (decode_batch, decode_lines):
        with suppress(BodyError, TooLargeError):
            for record in decode(body, 9):
                # Whatever was read can be written again, as UTF-8.
                assert isinstance(record, Malformed) or written(record)


@given(
    st.lists(st.one_of(documents.map(lambda value: json.dumps(value).encode()), pieces), max_size=5)
)
def test_no_line_depends_on_its_neighbours(lines: list[bytes]) -> None:
    lines = [line.replace(b"\n", b" ") for line in lines]

    together = decode_lines(b"\n".join(lines), 9)

    assert same(together, [record for line in lines for record in decode_lines(line, 9)])
