"""Laws: whatever the bytes are, nothing is lost, nothing is raised, and pieces make no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocols.lines.records import to_records
from app.protocols.lines.texts import MAX_LINE_BYTES, text_of
from app.protocols.record_schema import to_draft
from app.services.pipeline.validation import validate
from tests.protocols.lines.reading import ORIGIN, assemble, read

#: What lines of logs are made of, so that generated files come near to them.
PARTS = [
    b"2024-01-02 03:04:05 ", b"Jan  2 03:04:05 ", b"Feb 30 25:61:61 ", b"03:04:05 ", b"1704164645 ",
    b"INFO ", b"[", b"]", b'"', b"{", b"}", b"<13>", b"1 ", b"host ", b"sshd[1]: ", b"=", b":", b"|",
    b"- ", b"\t", b" ", b"a", b"\xff", b"\xc3\xa9", b"\0", b"\x1b[31m", b"\xef\xbb\xbf", b"\r",
    b'{"msg":"x","time":1704164645}', b'{"log":"x","stream":"y","time":"z"}', b"level=info msg=x ",
    b"\tat a.b(C.java:1)", b"Traceback (most recent call last):", b"Caused by: x", b"99/99/99 99:99:99 ",
    b"2024-01-02T03:04:05Z stdout P ", b"I0102 03:04:05.1 7 a.go:1] ", b"\\", b"\n", b"\n", b"\r\n",
]  # fmt: skip
FILES = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join)
)


@given(data=FILES)
def test_every_line_is_in_exactly_one_record(data: bytes) -> None:
    _, found = assemble(data)

    behind = 0
    for each in found:
        assert each.start >= behind
        between = data[behind : each.start]
        assert all(not text_of(line).strip() for line in between.split(b"\n"))
        assert bytes(each.raw) in data[each.start : each.end]
        behind = each.end
    assert all(not text_of(line).strip() for line in data[behind:].split(b"\n"))


@given(data=FILES)
def test_plain_text_holds_every_line(data: bytes) -> None:
    messages = "\n".join(record["message"] for record in read(data, format="plain"))

    for line in data.split(b"\n"):
        assert text_of(line).strip() in messages


@given(data=FILES)
def test_every_record_is_one_that_the_api_takes(data: bytes) -> None:
    for record in read(data):
        draft = to_draft(record)
        assert draft == validate(draft)  # type: ignore[arg-type]


@given(data=FILES, piece=st.integers(1, 20))
def test_the_pieces_in_which_a_file_is_read_make_no_difference(data: bytes, piece: int) -> None:
    assert read(data, piece=piece) == read(data)


@given(data=FILES)
def test_every_record_has_an_id_of_its_own(data: bytes) -> None:
    ids = [record["id"] for record in read(data)]

    assert len(set(ids)) == len(ids)


def test_a_line_too_long_for_one_record_becomes_several_with_its_time_and_level() -> None:
    text = "é" * (MAX_LINE_BYTES + 10)
    data = f"2024-01-02 03:04:05 ERROR {text}\n2024-01-02 03:04:06 INFO ok\n".encode()

    *parts, last = read(data, piece=65_536)

    assert len(parts) > 1
    assert "".join(part["message"] for part in parts) == text
    assert {part["timestamp"] for part in parts} == {"2024-01-02T03:04:05.000Z"}
    assert {part["level"] for part in parts} == {"ERROR"}
    assert last["message"] == "ok"


def test_broken_utf8_that_grows_beyond_the_limit_is_divided() -> None:
    records = read(b"\xff" * (MAX_LINE_BYTES - 10) + b"\n")

    assert "".join(record["message"] for record in records) == "\ufffd" * (MAX_LINE_BYTES - 10)
    assert all(len(record["message"].encode()) <= 1_048_576 for record in records)
    assert len({record["id"] for record in records}) == len(records) > 1


def test_metadata_beyond_the_limit_leaves_the_line_as_text() -> None:
    line = '{"msg":"x","blob":"' + "\\u0001" * 170_000 + '"}'

    _, found = assemble(line.encode())
    records = [record for each in found for record in to_records(each, ORIGIN)]

    assert all("metadata" not in record or record["metadata"] for record in records)
    assert sum(len(str(record)) for record in records) >= 170_000


@pytest.mark.parametrize(
    "line",
    [
        b"2024-01-02 03:04:05 " + b"[" * 200_000,
        b"2024-01-02 03:04:05 INFO " + b"[a]" * 60_000,
        b"2024-01-02 03:04:05,1 - INFO  [" + b":a@" * 60_000,
        b"[2024-01-02 03:04:05] INFO " + b" (a.b" * 40_000,
        b'192.0.2.1 - - [02/Jan/2024:03:04:05 +0000] "' + b'\\"' * 100_000,
        b"192.0.2.1 - " + b"a " * 100_000,
        b"level=info " + b"a=b " * 50_000 + b'"',
        b"<13>1 2024-01-02T03:04:05Z h a - - " + b'[a b="c"]' * 20_000 + b"[",
        b"Jan  2 03:04:05 host " + b"a b " * 50_000,
        b'{"a":' * 100_000,
        b'{"b":' * 900 + b"1" + b"}" * 900,
        b"java." * 40_000,
        b"1" * 200_000,
        b" " * 200_000 + b"x",
        b"\x1b[" * 100_000,
    ],
    ids=lambda line: repr(line[:30]),
)
def test_a_hostile_line_ends_like_any_other(line: bytes) -> None:
    # An expression that backtracks without bound would not return from these.
    records = read(b"2024-01-02 03:04:05 INFO a\n" + line + b"\n2024-01-02 03:04:06 INFO b\n")

    assert records[-1]["message"] == "b"
