"""Words as the domain cuts them are those that Elasticsearch's analyzer cuts."""

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.words import words
from tests.alphabet import KNOWN, TELLING

pytestmark = pytest.mark.es


def tokens(client: Elasticsearch, texts: list[str]) -> list[str]:
    """The words that Elasticsearch makes of ``texts``, one after the other."""
    found = client.indices.analyze(analyzer="standard", text=texts)
    return [token["token"] for token in found["tokens"]]


def test_every_character_by_itself_is_a_word_to_both_or_to_none(client: Elasticsearch) -> None:
    assert tokens(client, list(KNOWN)) == [word for text in KNOWN for word in words(text)]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.text(st.sampled_from(TELLING) | st.sampled_from(KNOWN), min_size=1, max_size=40),
        min_size=1,
        max_size=50,
    )
)
def test_the_words_of_any_text_agree(client: Elasticsearch, texts: list[str]) -> None:
    assert tokens(client, texts) == [word for text in texts for word in words(text)]


@pytest.mark.parametrize("length", [127, 128, 254, 255, 256, 510, 511, 1_000])
@pytest.mark.parametrize("letter", ["a", "é", "1", "\U0001d4b3"])
def test_words_that_are_too_long_are_cut_alike(
    client: Elasticsearch, letter: str, length: int
) -> None:
    text = letter * length + "." + letter * 3

    assert tokens(client, [text]) == words(text)
