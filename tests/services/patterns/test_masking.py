"""What is plainly a value is masked; words are kept."""

import pytest

from app.services.patterns.masking import MASK, Masker


def masked(text: str) -> str:
    return " ".join(Masker().words(text)).replace(MASK, "<*>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("took 12 ms", "took <*> ms"),
        ("took 12ms", "took <*>"),
        ("took -1.5e3 s", "took <*> s"),
        ("load 98.6%", "load <*>%"),
        ("offset=-12", "offset=<*>"),
        ("at 0xDEADbeef", "at <*>"),
        ("commit 9f86d081884c7d65", "commit <*>"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 gone", "id <*> gone"),
        ("from 10.0.0.7 port 22", "from <*> port <*>"),
        ("from 10.0.0.7:50010:", "from <*>:"),
        ("from [2001:db8::1]", "from [<*>]"),
        ("from fe80:0:0:0:0:0:0:1", "from <*>"),
        ("mac 00:1a:2b:3c:4d:5e", "mac <*>"),
        ("open /var/log/syslog.1 failed", "open <*> failed"),
        (r"open C:\Windows\x.log failed", "open <*> failed"),
        ("GET https://shop.example/cart?id=7 failed", "GET <*> failed"),
        ("mail to a.b@example.com", "mail to <*>"),
        ("at 2026-11-24T10:00:00.123Z", "at <*>"),
        ("at 2026-11-24 10:00:00,123", "at <*> <*>"),
        ("at Sun Jul 17 15:09:16 2005", "at <*> <*> <*> <*> <*>"),
        ("job_1445_0020 done", "job_<*> done"),
        ("block blk_-123 of blk_123", "block blk_<*> of blk_<*>"),
        ("user=root uid=0", "user=<*> uid=<*>"),
        ('user "John Smith" is gone', "user <*> is gone"),
        ("file 'a b c' is gone", "file <*> is gone"),
    ],
)
def test_values_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "connection refused",
        "java.lang.NullPointerException: null",
        "can't open, won't close",
        "Sun is up in May",
        "user= is empty",
        "read/write error",
        "ERROR: [main] done",
        "beef and cafe",
    ],
)
def test_words_are_kept(text: str) -> None:
    assert masked(text) == text


def test_a_request_line_keeps_its_method() -> None:
    assert masked('"GET /a/b HTTP/1.1" 200') == '"GET <*> HTTP/<*>" <*>'


def test_only_the_first_line_with_text_is_looked_at() -> None:
    assert masked("\n  disk full\n  at a.b.C(D.java:7)") == "disk full"


@pytest.mark.parametrize("text", ["", " \n\t", "\0"])
def test_a_message_without_text_has_no_value(text: str) -> None:
    assert masked(text) == text.strip(" \n\t")


@pytest.mark.parametrize("piece", ["a", "a.", "a-", "1-", "a@", "/a", "'", "0:", "a=", "=", "://"])
def test_a_long_hostile_message_takes_no_long_time(piece: str) -> None:
    """No more than the test's own deadline: nothing here grows with a power of the length."""
    for _ in range(200):
        assert Masker().words(piece * 100_000)
