"""The words of a text, exactly as Elasticsearch's ``standard`` analyzer cuts them.

The word boundaries of Unicode (UAX #29) in the form that Lucene's StandardTokenizer gives them, then
lower case. The ``regex`` module knows the Word_Break property, which the standard library does not;
it is the domain's one dependency, because the in-memory store and live filters must agree with the
index. A test compares both on generated text.

What follows for a search, here and in every store:

- Case does not matter; letters with and without marks differ (``é`` is not ``e``).
- Spaces and punctuation part words. Joined are letters with ``.``, ``:`` or ``'`` alone between them
  (``com.foo.Bar``, ``don't``), digits with ``.``, ``,`` or ``'`` (``10.0.0.1``, ``1,000``), and both
  with ``_`` (``user_id``). ``user-service`` is two words, ``/api/v1/x`` three, ``0xdeadbeef`` one.
- What is looked for are its words, next to each other and in order. A text without spaces that was cut
  out of a message between two spaces has the same words as it had there: whoever pastes a token of a
  line finds that line. Tests hold this for generated messages and for lines of real systems.
- The beginning of a word is found (``com.foo.*``, see ``beginning``), and so are the parts of a joined
  one (``Bar``, see ``app.domain.joined_words``). A text without a letter or digit, such as ``-->``, has
  no words and finds nothing; the doors refuse it.

Lucene's grammar has the classes of Unicode 12.1, ``regex`` those of a later version: letters of rare
scripts that were added or put into another class since may be a word to one and not to the other.
"""

from collections.abc import Iterator
from typing import NamedTuple

import regex

#: Longer words are cut into pieces of this length in UTF-16 units (``max_token_length`` of the standard
#: tokenizer).
MAX_WORD_LENGTH = 255
#: Letters or digits that the beginning of a word must have: the index holds too many words with one.
MIN_BEGINNING = 2

_EXTEND = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*"
_HEBREW = rf"[\p{{WB=Hebrew_Letter}}]{_EXTEND}"
_LETTER = rf"[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}]{_EXTEND}"
_NUMBER = rf"\p{{WB=Numeric}}{_EXTEND}"
_KATAKANA = rf"\p{{WB=Katakana}}{_EXTEND}"
_JOINER = rf"\p{{WB=ExtendNumLet}}{_EXTEND}"
_IN_LETTERS = rf"[\p{{WB=MidLetter}}\p{{WB=MidNumLet}}\p{{WB=Single_Quote}}]{_EXTEND}"
_IN_NUMBERS = rf"[\p{{WB=MidNum}}\p{{WB=MidNumLet}}\p{{WB=Single_Quote}}]{_EXTEND}"
_QUOTE = rf"\p{{WB=Single_Quote}}{_EXTEND}"
_DOUBLE_QUOTE = rf"\p{{WB=Double_Quote}}{_EXTEND}"

# A Hebrew letter keeps a quote behind it, and a double quote before another one.
_QUOTED = rf"{_HEBREW}(?:{_QUOTE}|{_DOUBLE_QUOTE}{_HEBREW})"
_CORE = (
    rf"(?:{_KATAKANA}(?:(?:{_JOINER})*{_KATAKANA})*"
    rf"|(?:{_NUMBER}(?:(?:(?:{_JOINER})*|{_IN_NUMBERS}){_NUMBER})*"
    rf"|{_QUOTED}"
    rf"|{_LETTER}(?:{_IN_LETTERS}{_LETTER}|(?:{_JOINER})*(?!{_QUOTED}){_LETTER})*)+)"
)

# An emoji is a word of its own (UTS #51, "emoji sequences"): picture characters with their selectors,
# joined ones together, tagged ones, keycaps, and flags as pairs of regional indicators.
_PICTURE = (
    r"(?:\p{Extended_Pictographic}"
    r"|(?![0-9#*\xa9\xae\u2122\u3030\u303d\p{RI}\p{Emoji_Modifier}])\p{Emoji})"
)
_SELECTED = (
    rf"(?:(?![\ufe0e\ufe0f]|\u200d+(?:{_PICTURE}|\p{{Emoji_Modifier}}))"
    r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}])*"
)
_ELEMENT = rf"(?:\u200d*{_PICTURE}{_SELECTED}\ufe0f?|\p{{Emoji_Modifier}}{_SELECTED})"
_EMOJI = (
    rf"{_ELEMENT}(?:[\U000E0020-\U000E007E]+\U000E007F|(?:\u200d{_ELEMENT})*)"
    rf"|[#*]{_SELECTED}\ufe0f?\u20e3{_SELECTED}"
    rf"|(?:\p{{RI}}{_EXTEND}){{2}}"
)
_PATTERN = regex.compile(
    rf"(?:{_JOINER})*{_CORE}(?:(?:{_JOINER})+{_CORE})*(?:{_JOINER})*"
    rf"|{_EMOJI}"
    rf"|(?:\p{{LB=SA}}{_EXTEND})+"
    rf"|[\p{{Han}}\p{{Hiragana}}]{_EXTEND}"
)


# What joins two words into one when it stands between them, alone.
_JOINT = regex.compile(r"[\p{WB=MidLetter}\p{WB=MidNum}\p{WB=MidNumLet}\p{WB=Single_Quote}]")
# Each of these letters is a word, to which nothing but marks can be added.
_WORD_LETTER = regex.compile(r"[\p{Han}\p{Hiragana}]")


def words(text: str) -> list[str]:
    """The words of ``text`` in order, in lower case."""
    return [_lower(word) for word, _ in _pieces(text)]


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """The words of ``text`` as they stand in it, and where each ends."""
    position = 0
    while match := _PATTERN.search(text, position):
        # Twice as many units as characters, at most.
        if (match.end() - match.start()) * 2 > MAX_WORD_LENGTH:
            end = match.start() + _fitting(match.group())
            match = _PATTERN.match(text, match.start(), end) or match
        yield match.group(), match.end()
        position = match.end()


def contains_phrase(text: str, phrase: list[str]) -> bool:
    """Whether the words ``phrase`` stand next to each other in ``text``; never for an empty one."""
    if not phrase:
        return False
    there = words(text)
    size = len(phrase)
    return any(there[at : at + size] == phrase for at in range(len(there) - size + 1))


class Beginning(NamedTuple):
    """What the beginning of a phrase asks of the words of a text.

    Attributes:
        whole: words that stand next to each other, in this order.
        last: how the word behind them begins; empty where no word need follow.
        may_end: ``last`` ends in punctuation that joins words (``com.foo.``), and the word without it
            will do as well.
    """

    whole: list[str]
    last: str
    may_end: bool = False

    @property
    def is_too_short(self) -> bool:
        """Whether ``last`` stands for too many words of an index."""
        return 0 < len(self.last) < MIN_BEGINNING and not _WORD_LETTER.match(self.last)


def beginning(text: str) -> Beginning:
    """``text`` read as the words of a phrase whose last one is only begun."""
    pieces = list(_pieces(text))
    there = [_lower(word) for word, _ in pieces]
    if not pieces:
        return Beginning([], "")
    rest = text[pieces[-1][1] :]
    if len(rest) > 1 or (rest and not _JOINT.match(rest)):
        return Beginning(there, "")
    return Beginning(there[:-1], there[-1] + rest, may_end=bool(rest))


def contains_beginning(text: str, begun: Beginning) -> bool:
    """Whether words of ``text`` next to each other begin so; never for an empty beginning."""
    whole, last, may_end = begun
    if not last:
        return contains_phrase(text, whole)
    there = words(text)
    size = len(whole)
    return any(
        there[at : at + size] == whole
        and (there[at + size].startswith(last) or (may_end and there[at + size] == last[:-1]))
        for at in range(len(there) - size)
    )


def _fitting(word: str) -> int:
    """How many characters of ``word`` fit into the longest piece."""
    units = word.encode("utf-16-le", "surrogatepass")[: 2 * MAX_WORD_LENGTH]
    return len(units.decode("utf-16-le", "ignore"))


def _lower(word: str) -> str:
    # Lucene lowers code point by code point; str.lower() has rules that look further (a final
    # sigma) or yield two characters (a dotted capital I).
    return word.lower() if word.isascii() else "".join(char.lower()[0] for char in word)
