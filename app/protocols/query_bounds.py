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
#: Most choices, combinations and negations inside each other. Elasticsearch takes 30 (its setting
#: ``indices.query.bool.max_nested_depth``), of which words and what stands around a query need some.
MAX_NESTED = 24
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
    if _nesting(filter) > MAX_NESTED:
        raise InvalidQueryError(
            field,
            f"nests too deeply; {MAX_NESTED} choices, combinations and negations inside each other are "
            "allowed",
        )
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


def _nesting(filter: Filter, *, is_in_all: bool = False) -> int:
    """How many there are inside each other; a combination within another one is a part of it."""
    match filter:
        case CompositeFilter(filters):
            return (not is_in_all) + max(
                (_nesting(it, is_in_all=True) for it in filters), default=0
            )
        case AnyOfFilter(filters):
            return 1 + max(map(_nesting, filters), default=0)
        case NotFilter(inner):
            return 1 + _nesting(inner)
        case _:
            return 0


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
