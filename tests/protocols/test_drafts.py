"""The compiled way and the schema are one: the same draft or the same refusal, whatever comes in.

The schema's way is ``json_records`` for the body and ``record_schema`` for each value.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.draft import Draft, Malformed
from app.domain.instants import MAX_INSTANT, format_instant
from app.protocols import drafts, json_records
from app.protocols.body_limits import Most
from app.protocols.encodings import TooLargeError
from app.protocols.json_walk import BodyError
from app.protocols.record_schema import to_draft
from tests.protocols.ndjson import decode_lines
from tests.protocols.ugly_records import CASES, GOOD, VALUES

Fate = str


def one_by_schema(body: bytes) -> Any:
    return to_draft(json_records.decode_one(body))


def batch_by_schema(body: bytes, most: int) -> list[Any]:
    return [to_draft(value) for value in json_records.decode_batch(body, most)]


def lines_by_schema(body: bytes, most: int) -> list[Any]:
    return [to_draft(value) for value in decode_lines(body, most)]


def fate(read: Callable[[], Any]) -> Fate:
    """What ``read`` gives or raises, so that 1, 1.0, true, 0.0 and -0.0 differ."""
    try:
        result = read()
    except (BodyError, TooLargeError) as error:
        return repr(error)
    return repr([_plain(it) for it in result] if isinstance(result, list) else _plain(result))


def _plain(result: Draft | Malformed) -> object:
    if isinstance(result, Malformed):
        return result
    # An absent and an empty metadata are the same draft.
    return {name: getattr(result, name) for name in Draft.__struct_fields__} | {
        "metadata": dict(result.metadata)
    }


def assert_same_alone(body: bytes) -> None:
    assert fate(lambda: drafts.read_one(body)) == fate(lambda: one_by_schema(body))


def assert_same_in_batch(body: bytes, most: int = 9) -> None:
    assert fate(lambda: drafts.read_batch(body, Most(most))) == fate(
        lambda: batch_by_schema(body, most)
    )


def assert_same_in_lines(body: bytes, most: int = 9) -> None:
    assert fate(lambda: drafts.read_lines(body, Most(most))) == fate(
        lambda: lines_by_schema(body, most)
    )


every_case = pytest.mark.parametrize("record", CASES.values(), ids=CASES)


@every_case
def test_an_ugly_record_alone_meets_the_same_fate(record: bytes) -> None:
    assert_same_alone(record)


@every_case
def test_an_ugly_record_in_a_batch_meets_the_same_fate(record: bytes) -> None:
    good = GOOD["all fields"]

    for frame in (b"[%b]", b'{"logs":[%b]}'):
        assert_same_in_batch(frame % record)
        assert_same_in_batch(frame % b", ".join([good, record, good]))


@every_case
def test_an_ugly_record_on_a_line_meets_the_same_fate(record: bytes) -> None:
    assert_same_in_lines(b"\r\n".join([GOOD["least"], record, b"", GOOD["least"]]))


@every_case
def test_an_ugly_body_meets_the_same_fate(record: bytes) -> None:
    assert_same_in_batch(record)


@pytest.mark.parametrize("record", GOOD.values(), ids=GOOD)
def test_a_good_record_is_a_draft(record: bytes) -> None:
    assert isinstance(drafts.read_one(record), Draft)


@pytest.mark.parametrize(
    "body",
    [
        b'{"logs":[%b],"logs":[]}',
        b'{"logs":[],"logs":[%b]}',
        b'{"logs":[%b],"more":1}',
        b'{"log":[%b]}',
        b'{"logs":%b}',
        b'{"logs":null}',
        b'\xef\xbb\xbf{"logs":[%b]}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"logs":[%b]}',
        b"[%b],",
        b"[%b",
        b"[%b] []",
        b"[NaN,%b]",
        b"[%b,]",
    ],
    ids=repr,
)
def test_a_body_of_any_shape_meets_the_same_fate(body: bytes) -> None:
    assert_same_in_batch(body.replace(b"%b", GOOD["all fields"]))


@pytest.mark.parametrize("last", [GOOD["least"], b"{}", b"NaN"], ids=["good", "bad", "no JSON"])
def test_more_records_than_allowed_are_refused(last: bytes) -> None:
    parts = [GOOD["least"], GOOD["least"], last]

    for most in (2, 3):
        assert_same_in_batch(b"[" + b",".join(parts) + b"]", most)
        assert_same_in_lines(b"\n".join(parts), most)
    with pytest.raises(TooLargeError):
        drafts.read_batch(b"[" + b",".join(parts) + b"]", Most(2))
    with pytest.raises(TooLargeError):
        drafts.read_lines(b"\n".join(parts), Most(2))


class SchemaCounter:
    """Counts the records that the schema is asked about."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, value: Any) -> Draft | Malformed:
        self.asked += 1
        return to_draft(value)


@pytest.mark.parametrize("bad", [b'{"level":"LOUD"}', b'{"a":NaN}', b'"\\ud800"', b'{"a":"\xff"}'])
def test_one_bad_record_sends_no_other_to_the_schema(
    bad: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = SchemaCounter()
    monkeypatch.setattr(drafts, "to_draft", schema)
    monkeypatch.setattr("app.protocols.record_schema.to_draft", schema)
    parts = [*[GOOD["all fields"]] * 50, bad, *[GOOD["service_name"]] * 50]

    for read in (
        drafts.read_batch(b'{"logs":[' + b",".join(parts) + b"]}", Most(101)),
        drafts.read_lines(b"\n".join(parts), Most(101)),
    ):
        assert [type(record) for record in read] == [*[Draft] * 50, Malformed, *[Draft] * 50]
    assert schema.asked == 2


texts = st.text(max_size=8)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**65), 2**65),
    st.floats(),
    texts,
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 10**400]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
instants = st.integers(0, MAX_INSTANT).map(format_instant)
good_records = st.fixed_dictionaries(
    {
        "level": st.sampled_from(["DEBUG", "info", "Warn", "eRR", "fatal", "7", 0, 5]),
        "service": st.text(min_size=1, max_size=12),
        "message": st.text(min_size=1, max_size=40),
    },
    optional={
        "id": st.text(min_size=1, max_size=12),
        "timestamp": instants | st.integers(0, MAX_INSTANT) | st.floats(0, 4e9),
        "metadata": st.dictionaries(texts, values, max_size=4),
        "source_ip": st.ip_addresses().map(str),
        "correlation_id": st.text(min_size=1, max_size=12),
        "trace_id": st.text(min_size=1, max_size=12),
        "span_id": st.text(min_size=1, max_size=12),
    },
)
names = st.sampled_from([*VALUES, "service_name"])
changed_records = st.builds(
    lambda record, changes: {**record, **changes},
    good_records,
    st.dictionaries(names, values | instants, max_size=2),
)
layouts = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def written(value: Any, layout: dict[str, Any]) -> bytes:
    # Lone surrogates as their three bytes, which are not UTF-8; NaN as the word.
    return json.dumps(value, **layout).encode("utf-8", "surrogatepass")


json_texts = st.builds(written, good_records | changed_records | values, layouts)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """JSON of a record with a few bytes cut out, put in or changed."""
    text = draw(json_texts)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        put = draw(st.binary(max_size=2) | st.sampled_from([b'"', b",", b"\\", b"null", b"1e999"]))
        text = text[:at] + put + text[at + cut :]
    return text


any_records = json_texts | damaged() | st.sampled_from(sorted(CASES.values(), key=len)[:300])


@settings(max_examples=400)
@given(any_records)
def test_any_record_alone_meets_the_same_fate(record: bytes) -> None:
    assert_same_alone(record)


@settings(max_examples=300)
@given(st.lists(any_records, max_size=5), st.sampled_from([b"[%b]", b'{"logs":[%b]}']))
def test_any_batch_meets_the_same_fate(parts: list[bytes], frame: bytes) -> None:
    assert_same_in_batch(frame % b",".join(parts))


@settings(max_examples=300)
@given(st.lists(any_records, max_size=5))
def test_any_lines_meet_the_same_fate(lines: list[bytes]) -> None:
    assert_same_in_lines(b"\n".join(lines))


@settings(max_examples=300)
@given(good_records | changed_records | values)
def test_any_decoded_value_meets_the_same_fate(value: Any) -> None:
    assert fate(lambda: drafts.from_value(value)) == fate(lambda: to_draft(value))
