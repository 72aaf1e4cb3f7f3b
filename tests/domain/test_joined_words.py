"""The parts of joined words, and what is found by them."""

import pytest

from app.domain.filters import KeywordFilter, WordPrefixFilter
from app.domain.joined_words import parts
from app.domain.matching import matches
from tests.builders import entry

THROWN = (
    'java.lang.NullPointerException: x is null, said "user_id" of file.name.txt at 10.0.0.1:8080'
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("disk full. Restart: no", []),
        ("from 10.0.0.1:8080 at 12:00:01 in 1.5 s", []),
        ("don't a-b/c x@y", []),
        ("user_id", ["user id"]),
        ("user_id=42 of", ["user id=42"]),
        ("a user_id is 7", ["user id is"]),
        ("java.lang.Error: x is null", ["java lang Error  x"]),
        ("com.foo.Bar, com.foo.Baz: no such", ["com foo Bar, com foo Baz  no"]),
        ("a.b c d.e f", ["a b c", "d e f"]),
        ("a_b! a_b!", ["a b! a b"]),
        ("a_b c a_b c", ["a b c"]),
        ("__init__", ["  init  "]),
        ("blk_-1608 blk_42", ["blk -1608", "blk 42"]),
        ("core_2.11-2.1.0.jar", ["core 2 11-2 1 0 jar"]),
        ("größe_max und", ["größe max und"]),
        ("wo.größe", ["wo größe"]),
        ("日本_語", ["日本 語"]),
        ("x:y z:1", ["x y z 1"]),
    ],
    ids=repr,
)
def test_the_parts_of_a_joined_word_are_written_with_the_word_that_follows(
    text: str, found: list[str]
) -> None:
    assert parts(text) == found


@pytest.mark.parametrize(
    ("keyword", "is_match"),
    [
        ("NullPointerException", True),
        ("nullpointerexception", True),
        ("lang.NullPointerException", True),
        ("java.lang", True),
        ("lang", True),
        ("NullPointer", False),
        ("NullPointerException: x", True),
        ("NullPointerException: x is null", True),
        ("NullPointerException x is null said", True),
        ("NullPointerException: is null", False),
        ("NullPointerException: x was null", False),
        ("lang.NullPointerException: x is null", True),
        ("java.NullPointerException", False),
        ("id", True),
        ("id of", True),
        ("said user", False),
        ("txt", True),
        ("name.txt at 10.0.0.1", True),
        ("10.0", False),
        ("...", False),
    ],
)
def test_a_part_is_found_and_what_begins_with_one(keyword: str, is_match: bool) -> None:
    assert matches(KeywordFilter(keyword), entry(message=THROWN)) is is_match


@pytest.mark.parametrize(
    ("prefix", "is_match"),
    [
        ("nullpoint", True),
        ("pointer", False),
        ("java.lang.null", True),
        ("lang.null", False),
        ("lang.", True),
        ("NullPointerException:", True),
        ("NullPointerException: x is nu", True),
        ("NullPointerException: x was nu", False),
        ("id of", True),
        ("is null, sa", True),
        ("name.txt at 10.0.", True),
        ("txt at 11", False),
    ],
)
def test_a_begun_word_may_begin_as_a_part_does(prefix: str, is_match: bool) -> None:
    assert matches(WordPrefixFilter(prefix), entry(message=THROWN)) is is_match
