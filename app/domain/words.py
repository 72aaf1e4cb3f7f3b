"""The words of a text, exactly as Elasticsearch's ``standard`` analyzer cuts them.

The word boundaries of Unicode (UAX #29) in the form that Lucene's StandardTokenizer gives them, then
lower case. The ``regex`` module knows the Word_Break property, which the standard library does not;
it is the domain's one dependency, because the in-memory store and live filters must agree with the
index to the last character. A contract test compares both on generated text.
"""

import regex

#: Longer words are cut into pieces of this length (``max_token_length`` of the standard tokenizer).
MAX_WORD_LENGTH = 255

_EXTEND = r"[\p{WB=Extend}\p{WB=Format}\p{WB=ZWJ}]*"
_LETTER = rf"[\p{{WB=ALetter}}]{_EXTEND}"
_HEBREW = rf"[\p{{WB=Hebrew_Letter}}]{_EXTEND}"
_ANY_LETTER = rf"[\p{{WB=ALetter}}\p{{WB=Hebrew_Letter}}]{_EXTEND}"
_NUMBER = rf"\p{{WB=Numeric}}{_EXTEND}"
_KATAKANA = rf"\p{{WB=Katakana}}{_EXTEND}"
_JOINER = rf"\p{{WB=ExtendNumLet}}{_EXTEND}"
_IN_LETTERS = rf"[\p{{WB=MidLetter}}\p{{WB=MidNumLet}}\p{{WB=Single_Quote}}]{_EXTEND}"
_IN_NUMBERS = rf"[\p{{WB=MidNum}}\p{{WB=MidNumLet}}\p{{WB=Single_Quote}}]{_EXTEND}"
_QUOTE = rf"\p{{WB=Single_Quote}}{_EXTEND}"
_DOUBLE_QUOTE = rf"\p{{WB=Double_Quote}}{_EXTEND}"

_CORE = (
    rf"(?:{_KATAKANA}(?:(?:{_JOINER})*{_KATAKANA})*"
    rf"|(?:{_NUMBER}(?:(?:(?:{_JOINER})*|{_IN_NUMBERS}){_NUMBER})*"
    rf"|{_ANY_LETTER}(?:(?:(?:{_JOINER})*|{_IN_LETTERS}){_ANY_LETTER})*"
    rf"|{_HEBREW}(?:{_QUOTE}|{_DOUBLE_QUOTE}{_HEBREW}))+)"
)
_PATTERN = regex.compile(
    rf"(?:{_JOINER})*{_CORE}(?:(?:{_JOINER})+{_CORE})*(?:{_JOINER})*"
    rf"|(?:\p{{LB=SA}}{_EXTEND})+"
    rf"|[\p{{Han}}\p{{Hiragana}}]{_EXTEND}"
)


def words(text: str) -> list[str]:
    """The words of ``text`` in order, in lower case."""
    found = []
    position = 0
    while match := _PATTERN.search(text, position):
        if match.end() - match.start() > MAX_WORD_LENGTH:
            match = _PATTERN.match(text, match.start(), match.start() + MAX_WORD_LENGTH) or match
        found.append(_lower(match.group()))
        position = match.end()
    return found


def contains_phrase(text: str, phrase: list[str]) -> bool:
    """Whether the words ``phrase`` stand next to each other in ``text``; never for an empty one."""
    if not phrase:
        return False
    there = words(text)
    size = len(phrase)
    return any(there[at : at + size] == phrase for at in range(len(there) - size + 1))


def _lower(word: str) -> str:
    # Lucene lowers code point by code point; str.lower() has rules that look further (a final
    # sigma) or yield two characters (a dotted capital I).
    return word.lower() if word.isascii() else "".join(char.lower()[0] for char in word)
