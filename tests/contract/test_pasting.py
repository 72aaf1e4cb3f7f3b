"""Whoever pastes a token of a log line into a search finds that line, in every store.

A token is what stands between two spaces; one without a letter or digit has no words to look for.
"""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    Filter,
    IdFilter,
    KeywordFilter,
    WordPrefixFilter,
)
from app.domain.matching import matches
from app.domain.ports import DatabaseInterface
from app.domain.words import words
from tests import builders
from tests.alphabet import KNOWN, TELLING
from tests.contract import generated

#: What logs of many systems hold; each token of it is pasted.
LINES = (
    "2026-11-24T12:00:00.123Z ERROR [http-8080-exec-1] com.foo.Bar: Connection refused: /10.0.0.1:5432",
    "java.lang.NullPointerException: Cannot invoke \"String.length()\" because \"<local1>\" is null",
    "\tat org.apache.spark.rdd.RDD$$anonfun$1.apply(RDD.scala:1045) ~[spark-core_2.11-2.1.0.jar:2.1.0]",
    "GET /api/v1/users/42?page=2&sort=-created_at HTTP/1.1 200 1,234 \"curl/8.5.0\" rt=0.003",
    "kernel: [12345.678901] Out of memory: Kill process 0xdeadbeef (user-service) score 9/1000",
    "level=info msg=\"request done\" trace_id=4bf92f3577b34da6a3ce929d0e0e4736 dur=1.5ms err=<nil>",
    "blk_-1608999687919862906 terminating; src: /10.250.19.102:54106 dest: 10.250.19.102:50010",
    r"C:\Windows\System32\drivers\etc\hosts not found --> {\"key\": [1, 2], 'x': null} @user #42 50%",
    "Größe überschritten, ошибка №7, 接続が拒否されました, naïve café ΣΊΣΥΦΟΣ I'm don't",
)  # fmt: skip
REAL = Path("/work/shared/data/loghub")


def pasted(message: str) -> list[Filter]:
    """A filter for each token of ``message``, and one for each that is only begun."""
    tokens = [token for token in message.split() if words(token)]
    begun = (beginning(token[: len(token) // 2 + 1]) for token in tokens)
    whole: list[Filter] = [KeywordFilter(token) for token in tokens]
    return [*whole, *(one for one in begun if one)]


def beginning(text: str) -> Filter | None:
    try:
        return WordPrefixFilter(text) if words(text) else None
    except InvalidQueryError:
        return None


def test_a_pasted_token_of_any_line_finds_it(store: DatabaseInterface) -> None:
    find_all(store, LINES)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        generated.messages
        | st.text(st.sampled_from(TELLING) | st.sampled_from(KNOWN), max_size=60),
        min_size=10,
        max_size=20,
    )
)
@pytest.mark.es
def test_a_pasted_token_of_any_message_finds_it(
    elasticsearch_store: DatabaseInterface, messages: list[str]
) -> None:
    find_all(elasticsearch_store, messages)


@pytest.mark.es
@pytest.mark.skipif(not REAL.is_dir(), reason="the public log collection is not on this machine")
def test_a_pasted_token_of_real_logs_finds_its_line(elasticsearch_store: DatabaseInterface) -> None:
    for file in sorted(REAL.glob("*.log")):
        find_all(elasticsearch_store, file.read_text("utf-8", "replace").splitlines()[::20])


@pytest.mark.es
def test_a_begun_word_that_stands_for_too_many_is_refused_not_cut_short(
    elasticsearch_store: DatabaseInterface,
) -> None:
    many = " ".join(f"task ab{at}" for at in range(20_000))
    elasticsearch_store.append([builders.entry(message=many)])
    elasticsearch_store.refresh()

    with pytest.raises(InvalidQueryError, match="give more letters"):
        elasticsearch_store.count(WordPrefixFilter("task ab"))
    assert elasticsearch_store.count(WordPrefixFilter("task ab123")) == 1
    assert elasticsearch_store.count(WordPrefixFilter("ab")) == 1


def find_all(store: DatabaseInterface, messages: tuple[str, ...] | list[str]) -> None:
    """Store each message, and search for it by all its tokens at once."""
    entries = [
        builders.entry(f"{hash((at, message))}", message=message)
        for at, message in enumerate(messages)
    ]
    store.append(entries)
    store.refresh()
    for at in range(0, len(entries), 20):
        assert lost(store, entries[at : at + 20]) == []


def lost(store: DatabaseInterface, entries: list[LogEntry]) -> list[Filter]:
    """What does not find the record that it was taken from."""
    wanted: list[Filter] = [
        CompositeFilter(IdFilter(entry.id), *pasted(entry.message)) for entry in entries
    ]
    if store.count(AnyOfFilter(wanted)) == len({entry.id for entry in entries}):
        return []
    return [
        one
        for entry in entries
        for one in pasted(entry.message)
        if not store.count(CompositeFilter(IdFilter(entry.id), one))
    ]


def from_parts_on(message: str) -> list[str]:
    """The rest of ``message`` from each place on where a part of a joined word begins."""
    return [
        message[joint.end() :]
        for joint in re.finditer(r"_(?=\w)|(?<=[a-z])[.:](?=[a-z])", message, re.IGNORECASE)
        if words(message[joint.end() :])
    ]


def test_a_line_is_found_by_its_rest_from_a_part_on(store: DatabaseInterface) -> None:
    store.append([builders.entry(f"{at}", message=line) for at, line in enumerate(LINES)])
    store.refresh()

    for at, line in enumerate(LINES):
        for rest in from_parts_on(line):
            for wanted in (rest, *(" ".join(words(rest)[:size]) for size in (1, 2, 3))):
                found = CompositeFilter(IdFilter(f"{at}"), KeywordFilter(wanted))
                assert store.count(found) == 1, wanted


@pytest.mark.skipif(not REAL.is_dir(), reason="the public log collection is not on this machine")
def test_a_real_line_is_found_by_its_rest_from_a_part_on() -> None:
    for file in sorted(REAL.glob("*.log")):
        for line in file.read_text("utf-8", "replace").splitlines()[::40]:
            for rest in from_parts_on(line):
                assert matches(KeywordFilter(rest), builders.entry(message=line)), rest


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(generated.messages | st.text(st.sampled_from(TELLING) | st.sampled_from(KNOWN), max_size=60))
def test_every_beginning_of_a_token_finds_its_message(message: str) -> None:
    for token in message.split():
        for end in range(1, len(token) + 1):
            begun = beginning(token[:end])
            assert begun is None or matches(begun, builders.entry(message=message)), begun
