"""The values of a query, as they are spelled: words with escapes, phrases, ranges."""

import re
from dataclasses import dataclass
from typing import TypeAlias

#: What helps whoever searches for text that means something here.
QUOTE_IT = "to search for this text, put it in quotes"

_WILDCARD = re.compile(r"\\.|([*?])", re.DOTALL)
_FUZZY = re.compile(r"~[0-9.]*$")
_BOOST = re.compile(r"\^[0-9.]*$")


class QuerySyntaxError(ValueError):
    """A query that cannot be read; ``at`` is the place, counted from 0."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True, slots=True)
class Text:
    """A word or a phrase.

    Attributes:
        at: where it starts.
        text: without quotes and escapes.
        is_quoted: it stood in quotes.
        is_begun: a ``*`` stood at its end.
    """

    at: int
    text: str
    is_quoted: bool = False
    is_begun: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Values between two bounds, of which None leaves a side open."""

    at: int
    low: Text | None
    high: Text | None
    includes_low: bool
    includes_high: bool


Value: TypeAlias = Text | Span


def to_word(at: int, word: str) -> Text:
    """The word that is spelled ``word``.

    Raises:
        QuerySyntaxError: it means something that is not supported.
    """
    if len(word) > 1 and word[0] == word[-1] == "/":
        raise QuerySyntaxError(at, f"regular expressions are not supported; {QUOTE_IT}")
    for suffix, what in ((_FUZZY, "fuzzy search (~)"), (_BOOST, "a boost (^)")):
        if found := suffix.search(word):
            sign = word[found.start()]
            raise QuerySyntaxError(
                at + found.start(), f"{what} is not supported; write \\{sign} for the character"
            )
    if word == "*:*":  # of any field anything, as it is known from Lucene
        return Text(at, "", is_begun=True)
    wildcard = unescaped_wildcard(word)
    if wildcard is None:
        return Text(at, unescaped(word))
    if wildcard.group() == "*" and wildcard.end() == len(word):
        return Text(at, unescaped(word[:-1]), is_begun=True)
    raise QuerySyntaxError(
        at + wildcard.start(),
        "a wildcard can only be a * at the end of a word; "
        f"write \\{wildcard.group()} for the character",
    )


def to_phrase(at: int, inside: str) -> Text:
    """The phrase between its quotes; only what would end it is escaped, as in pasted paths."""
    return Text(at, re.sub(r'\\(["\\])', r"\1", inside), is_quoted=True)


def unescaped_wildcard(word: str) -> re.Match[str] | None:
    """The first wildcard in ``word`` that no backslash makes a plain character."""
    return next((match for match in _WILDCARD.finditer(word) if match[1]), None)


def unescaped(word: str) -> str:
    """``word`` without the backslashes that make characters plain."""
    return re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL)
