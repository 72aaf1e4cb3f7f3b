"""The records of the API: ids, services, text; and the lines of a file with their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instants import MAX_INSTANT, format_instant
from app.protocols.lines.records import Origin, instant_text, record_id, to_records
from app.protocols.lines.service_names import service_of
from app.protocols.lines.splitting import LineSplitter
from app.protocols.lines.texts import cut_text, text_of
from tests.protocols.lines.reading import assemble


def test_an_id_follows_from_label_place_and_bytes() -> None:
    first = record_id("a", 0, b"x")

    assert first == record_id("a", 0, b"x")
    assert len(first) == 32
    assert (
        len({first, record_id("b", 0, b"x"), record_id("a", 1, b"x"), record_id("a", 0, b"y")}) == 4
    )


def test_the_service_is_what_the_line_says_else_that_of_the_file() -> None:
    _, found = assemble(b"Jan  2 03:04:05 host sshd[1]: m\n")

    (stated,) = to_records(found[0], Origin("l", "file"))
    (given_one,) = to_records(found[0], Origin("l", "mine", is_service_given=True))

    assert stated["service"] == "sshd"
    assert given_one["service"] == "mine"
    assert given_one["metadata"]["program"] == "sshd"


@pytest.mark.parametrize(
    ("stated", "service"),
    [("a\\u001bb", "ab"), ("\\u0000", "file"), ("\\n a", "a")],
)
def test_a_service_that_a_line_states_is_cut_to_what_a_service_may_be(
    stated: str, service: str
) -> None:
    _, found = assemble(b'{"time":1704164645,"msg":"m","service":"%b"}\n' % stated.encode())

    (record,) = to_records(found[0], Origin("l", "file"))

    assert record["service"] == service


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("Apache_2k.log", "apache"),
        ("/var/log/syslog", "syslog"),
        ("app.log.1", "app"),
        ("app.log.2.gz", "app"),
        ("app-20240102.log.zst", "app"),
        ("app.2024-01-02.log", "app"),
        ("nova-api.log.1.2017-05-16_13:53:08", "nova-api"),
        ("access_log", "access_log"),
        ("server.json", "server"),
        (".log", "log"),
        ("1.log", "1"),
        ("---", "imported"),
        ("a\tb\x7f.log", "ab"),
    ],
)
def test_the_service_that_a_file_name_suggests(name: str, service: str) -> None:
    assert service_of(name) == service


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain\r", "plain"),
        (b"\xef\xbb\xbfmarked", "marked"),
        (b"caf\xc3\xa9 \xff", "café \ufffd"),
        (b"\0\0text\0", "text"),
        (b"a\0b", "a\ufffdb"),
        (b"\x1b[32mINFO\x1b[0m ok", "INFO ok"),
        (b"\0\0\0", ""),
    ],
)
def test_the_text_of_bytes(raw: bytes, text: str) -> None:
    assert text_of(raw) == text


@given(text=st.text(), size=st.integers(4, 20))
def test_text_that_is_cut_is_the_same_text(text: str, size: int) -> None:
    pieces = cut_text(text, size)

    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= size for piece in pieces)


@given(data=st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"xyz", b""])).map(b"".join))
def test_lines_tile_a_file(data: bytes) -> None:
    splitter = LineSplitter()
    lines = [line for byte in range(len(data)) for line in splitter.feed(data[byte : byte + 1])]
    lines += splitter.finish()

    behind = 0
    for line in lines:
        assert line.start == behind
        assert data[line.start : line.end].removesuffix(b"\n") == line.raw
        behind = line.end
    assert behind == len(data)


@given(instant=st.integers(0, MAX_INSTANT))
def test_an_instant_is_written_as_everywhere(instant: int) -> None:
    assert instant_text(instant) == format_instant(instant)
