"""The words of a text, as Elasticsearch's standard analyzer cuts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.words import MAX_WORD_LENGTH, beginning, contains_beginning, contains_phrase, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \t\n", []),
        ("!?#", []),
        ("Disk FULL", ["disk", "full"]),
        ("don't stop", ["don't", "stop"]),
        ("'quoted'", ["quoted"]),
        ("user_id=42", ["user_id", "42"]),
        ("_private_", ["_private_"]),
        ("10.0.0.1:8080", ["10.0.0.1", "8080"]),
        ("1,234.56", ["1,234.56"]),
        ("v1.2.3-rc.1", ["v1.2.3", "rc", "1"]),
        ("app.http.errors", ["app.http.errors"]),
        ("end. Start", ["end", "start"]),
        ("a-b/c", ["a", "b", "c"]),
        ("mail@example.org", ["mail", "example.org"]),
        ("GET /index.html?q=1", ["get", "index.html", "q", "1"]),
        ("0x1F", ["0x1f"]),
        ("Größe ÄÖÜ FULL", ["größe", "äöü", "full"]),
        ("naïve café", ["naïve", "café"]),
        ("ΟΔΟΣ", ["οδοσ"]),
        ("日本語", ["日", "本", "語"]),
        ("ひらがな", ["ひ", "ら", "が", "な"]),
        ("カタカナ", ["カタカナ"]),
        ("한국어", ["한국어"]),
        ("ภาษาไทย", ["ภาษาไทย"]),
        ("привет, мир", ["привет", "мир"]),
        ("ok\x00ok", ["ok", "ok"]),
    ],
    ids=repr,
)
def test_a_text_is_cut_into_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_word_is_cut_after_255_characters() -> None:
    assert [len(word) for word in words("x" * 600)] == [255, 255, 90]


@pytest.mark.parametrize(
    ("phrase", "is_there"),
    [
        (["connection"], True),
        (["connection", "refused"], True),
        (["refused", "connection"], False),
        (["connection", "by"], False),
        (["refused", "by", "peer"], True),
        (["peer", "again"], False),
        ([], False),
    ],
    ids=repr,
)
def test_a_phrase_is_words_next_to_each_other(phrase: list[str], is_there: bool) -> None:
    assert contains_phrase("Connection refused by peer", phrase) is is_there


@given(st.text(max_size=60))
def test_words_are_short_not_empty_and_cut_again_into_themselves(text: str) -> None:
    for word in words(text):
        assert 0 < len(word) <= MAX_WORD_LENGTH
        assert words(word) == [word]


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_space_parts_words(one: str, other: str) -> None:
    assert words(f"{one} {other}") == words(one) + words(other)


@pytest.mark.parametrize(
    ("begun", "text", "is_there"),
    [
        ("conn", "Connection refused", True),
        ("conn", "a reconnect", False),
        ("connection ref", "Connection refused", True),
        ("connection ref", "Connection was refused", False),
        ("user-serv", "user-service-7", True),
        ("user-", "user-service", True),
        ("user-", "the user", True),
        ("user-", "users", False),
        ("com.foo.", "com.foo.Bar", True),
        ("com.foo.", "com.foo", True),
        ("com.foo.", "com.foobar", False),
        ("10.0.", "from 10.0.0.1:80", True),
        ("10.0.", "from 10.01.0.1", False),
        ("/api/v", "GET /api/v1/x", True),
        ("日本", "日本語", True),
        ("日本", "日", False),
        ("日", "日\u0300", True),
        ("_task_2", "_task_200", True),
        ("", "anything", False),
        ("...", "anything", False),
    ],
    ids=repr,
)
def test_the_last_word_may_only_be_begun(begun: str, text: str, is_there: bool) -> None:
    assert contains_beginning(text, beginning(begun)) is is_there
