"""What one query may ask of the store at most, whichever way it is spelled."""

from collections.abc import Iterator

from app.domain.errors import InvalidQueryError
from app.domain.filters import (
    AnyOfFilter,
    CompositeFilter,
    Filter,
    KeywordFilter,
    NotFilter,
    WordPrefixFilter,
)
from app.domain.words import words

#: Most groups and negations inside each other.
MAX_DEPTH = 20
#: Most values in a query.
MAX_VALUES = 100
#: Most words of the message that are only begun: each stands for all words of the index that begin so.
MAX_BEGINNINGS = 10
#: Longest text in a query, in characters.
MAX_TEXT = 4_096
#: Most words in one phrase.
MAX_WORDS = 100


def check_bounds(filter: Filter, field: str) -> None:
    """Refuse a filter that costs the store too much, in the name of ``field``.

    Raises:
        InvalidQueryError: it names the bound.
    """
    beginnings = 0
    for leaf in _leaves(filter):
        if isinstance(leaf, WordPrefixFilter):
            beginnings += 1
        text = _text_of(leaf)
        if len(text) > MAX_WORDS and len(words(text)) > MAX_WORDS:
            raise InvalidQueryError(field, f"must have at most {MAX_WORDS} words in a phrase")
    if beginnings > MAX_BEGINNINGS:
        raise InvalidQueryError(
            field, f"must have at most {MAX_BEGINNINGS} words of the message that are only begun"
        )


def _text_of(leaf: Filter) -> str:
    match leaf:
        case KeywordFilter(text) | WordPrefixFilter(text):
            return text
        case _:
            return ""


def _leaves(filter: Filter) -> Iterator[Filter]:
    match filter:
        case CompositeFilter(filters) | AnyOfFilter(filters):
            for part in filters:
                yield from _leaves(part)
        case NotFilter(inner):
            yield from _leaves(inner)
        case _:
            yield filter
