"""The query language: text, as people know it from Kibana and Graylog, into the filter tree.

``level:ERROR service:(payment OR user-*) "connection refused" -health metadata.duration_ms:>200``
"""

from app.domain.errors import InvalidQueryError
from app.domain.filters import EVERYTHING, Filter
from app.protocols.query_bounds import MAX_TEXT, check_bounds
from app.protocols.query_fields import meaning_of, words_of_message
from app.protocols.query_grammar import read
from app.protocols.query_values import QuerySyntaxError


def parse_text(text: str, now: int) -> Filter:
    """The filter that ``text`` spells; ``now`` is what relative times count from.

    A text of spaces asks for everything.

    Raises:
        InvalidQueryError: ``text`` cannot be read; the reason tells the character, counted from 1.
    """
    if len(text) > MAX_TEXT:
        raise InvalidQueryError("q", f"must have at most {MAX_TEXT} characters")
    if not text.strip():
        return EVERYTHING
    try:
        whole = read(text, words_of_message, lambda name, at: meaning_of(name, at, now))
    except QuerySyntaxError as error:
        raise InvalidQueryError("q", f"at character {error.at + 1}: {error}") from None
    check_bounds(whole, "q")
    return whole
