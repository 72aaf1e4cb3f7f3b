"""The grammar of the query language: what stands where, and what was expected where it does not.

    sequence     one alternative after another: all of them must match
    alternative  conjunctions with OR or || between them
    conjunction  operands with AND or && between them
    operand      NOT, ! or - and an operand; + and an operand; ( sequence ); field: value; a value
    value        a word, "a phrase", >word, [word TO word], {word TO word}, ( sequence of values )

Read by hand, in one pass: tables of a parser generator tell neither what is missing nor where, and
take a pasted path for a regular expression and the colons of an address for fields.
"""

import re
from collections.abc import Callable
from typing import NoReturn, TypeAlias

from app.domain.filters import AnyOfFilter, CompositeFilter, Filter, NotFilter
from app.protocols.query_bounds import MAX_DEPTH, MAX_VALUES
from app.protocols.query_values import (
    QUOTE_IT,
    QuerySyntaxError,
    Span,
    Text,
    Value,
    to_phrase,
    to_word,
    unescaped,
    unescaped_wildcard,
)

#: What a value of some field means. It raises ``QuerySyntaxError`` where it means nothing.
Meaning: TypeAlias = Callable[[Value], Filter]
#: The meaning of the values of a field, by its name and where that stands. Likewise.
Fields: TypeAlias = Callable[[str, int], Meaning]

_SPACE = re.compile(r"\s*")
_WORD = re.compile(r'(?:\\.|[^\s()"\\])+', re.DOTALL)
_BOUND = re.compile(r'(?:\\.|[^\s\]}"\\])+', re.DOTALL)
_PHRASE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_NAME = r"(?:\\.|[^\s:()\"\\<>=/?&;,\[\]{}'])*"
# A key of metadata may have slashes, as labels of Kubernetes do.
_FIELD = re.compile(rf"(metadata\.(?:/|{_NAME[:-1]})*|[A-Za-z_@]{_NAME}):", re.DOTALL)
_OPERATOR = re.compile(r"(AND|OR|NOT|&&|\|\|)(?=[\s()]|$)")
_SIGN = re.compile(r"[-+!](?=[^\s\-+!>=|&)])")
_COMPARISON = re.compile(r"[<>]=?")
_AND, _OR = ("AND", "&&"), ("OR", "||")


def read(text: str, words: Meaning, fields: Fields) -> Filter:
    """The filter that ``text`` spells.

    Args:
        words: the meaning of values without a field.

    Raises:
        QuerySyntaxError: it spells none.
    """
    reader = _Reader(text, words, fields)
    whole = reader.sequence(words)
    if reader.at < len(text):
        reader.fail("there is no ( that this ) closes")
    return whole


class _Reader:
    """How far a query has been read."""

    def __init__(self, text: str, words: Meaning, fields: Fields) -> None:
        self.at = 0
        self._text = text
        self._words = words
        self._fields = fields
        self._depth = 0
        self._values = 0

    def fail(self, reason: str, at: int | None = None) -> NoReturn:
        """Refuse what stands here, or at ``at``."""
        raise QuerySyntaxError(self.at if at is None else at, reason)

    def sequence(self, meaning: Meaning) -> Filter:
        """Up to the end of the text or the bracket that closes a group."""
        parts: list[Filter] = []
        while not self._is_at_end():
            parts.append(self._alternative(meaning))
        return parts[0] if len(parts) == 1 else CompositeFilter(parts)

    def _alternative(self, meaning: Meaning) -> Filter:
        parts = [self._conjunction(meaning)]
        while self._take_operator(_OR):
            parts.append(self._conjunction(meaning))
        return parts[0] if len(parts) == 1 else AnyOfFilter(parts)

    def _conjunction(self, meaning: Meaning) -> Filter:
        parts = [self._operand(meaning)]
        while self._take_operator(_AND):
            parts.append(self._operand(meaning))
        return parts[0] if len(parts) == 1 else CompositeFilter(parts)

    def _operand(self, meaning: Meaning) -> Filter:
        after = self._last_word()
        if self._is_at_end():
            self.fail(f"something must follow {after}")
        operator = _OPERATOR.match(self._text, self.at)
        if operator and operator[1] != "NOT":
            self.fail(f"something must stand before {operator[1]}")
        sign = operator or _SIGN.match(self._text, self.at)
        if sign:
            return self._signed(sign.group(), meaning)
        if self._next() == "(":
            return self._group(meaning)
        if named := _FIELD.match(self._text, self.at):
            if meaning is self._words:
                return self._of_field(named)
            self._refuse_field(named)
        return self._value(meaning)

    def _signed(self, sign: str, meaning: Meaning) -> Filter:
        start = self.at
        self.at += len(sign)
        self._enter(start)
        operand = self._operand(meaning)
        self._depth -= 1
        return operand if sign == "+" else NotFilter(operand)

    def _group(self, meaning: Meaning) -> Filter:
        start = self.at
        self.at += 1
        self._enter(start)
        if self._is_at_end() and self._next() == ")":
            self.fail(f"nothing stands between ( and ); {QUOTE_IT}", start)
        inner = self.sequence(meaning)
        if self._next() != ")":
            self.fail("a closing ) is missing for this (", start)
        self.at += 1
        self._depth -= 1
        self._refuse_suffix()
        return inner

    def _enter(self, start: int) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(f"nests too deeply; {MAX_DEPTH} levels are allowed", start)

    def _of_field(self, named: re.Match[str]) -> Filter:
        name, start = named[1], self.at
        if wildcard := unescaped_wildcard(name):
            self.fail("a name of a field takes no wildcard", start + wildcard.start())
        self.at = named.end()
        meaning = self._fields(unescaped(name), start)
        if self._is_at_end() or _OPERATOR.match(self._text, self.at):
            self.fail(f"a value must follow {name}:", named.end())
        return self._group(meaning) if self._next() == "(" else self._value(meaning)

    def _refuse_field(self, named: re.Match[str]) -> None:
        try:
            self._fields(unescaped(named[1]), named.start())
        except QuerySyntaxError:
            return  # a value with a colon in it, such as an address
        self.fail("a field cannot stand among the values of another one")

    def _value(self, meaning: Meaning) -> Filter:
        self._values += 1
        if self._values > MAX_VALUES:
            self.fail(f"there are too many values; {MAX_VALUES} are allowed")
        if meaning is self._words and self._next() in tuple("[{<>"):
            self.fail(f"a range must follow a field, as in timestamp:[a TO b]; {QUOTE_IT}")
        value = self._range() if self._next() in ("[", "{") else self._comparison_or_text()
        self._refuse_suffix()
        return meaning(value)

    def _comparison_or_text(self) -> Value:
        start = self.at
        comparison = _COMPARISON.match(self._text, start)
        if comparison is None:
            return self._word_or_phrase(_WORD)
        self.at = comparison.end()
        if self._is_at_end():
            self.fail(f"a value must follow {comparison.group()}")
        bound, includes = self._word_or_phrase(_WORD), comparison.group().endswith("=")
        if comparison.group().startswith(">"):
            return Span(start, bound, None, includes, includes_high=True)
        return Span(start, None, bound, includes_low=True, includes_high=includes)

    def _range(self) -> Span:
        start = self.at
        self.at += 1
        low = self._bound(start)
        if self._word_here(_BOUND) != "TO":
            self.fail("TO is missing between the two bounds, as in [a TO b]")
        self.at += len("TO")
        high = self._bound(start)
        self._skip_space()
        if self._next() not in ("]", "}"):
            self.fail("a closing ] or } is missing for this bracket", start)
        self.at += 1
        if low is None and high is None:
            self.fail("a range needs a bound on one side at least", start)
        return Span(start, low, high, self._text[start] == "[", self._text[self.at - 1] == "]")

    def _bound(self, start: int) -> Text | None:
        if self._is_at_end(but_brackets=True):
            self.fail("a bound is missing in this range", start)
        if self._word_here(_BOUND) == "*":
            self.at += 1
            return None
        return self._word_or_phrase(_BOUND)

    def _word_here(self, pattern: re.Pattern[str]) -> str:
        self._skip_space()
        match = pattern.match(self._text, self.at)
        return match.group() if match else ""

    def _word_or_phrase(self, pattern: re.Pattern[str]) -> Text:
        self._skip_space()
        start = self.at
        if self._next() == '"':
            phrase = _PHRASE.match(self._text, start)
            if phrase is None:
                self.fail('a closing " is missing for this "')
            self.at = phrase.end()
            return to_phrase(start, phrase[1])
        word = pattern.match(self._text, start)
        if word is None:
            self.fail(
                "a character must follow \\" if self._next() == "\\" else "a value is missing"
            )
        self.at = word.end()
        return to_word(start, word.group())

    def _refuse_suffix(self) -> None:
        if self._next() in ("*", "?"):
            self.fail("a wildcard can only be a * at the end of a word")
        if self._next() in ("~", "^"):
            what = "a distance (~)" if self._next() == "~" else "a boost (^)"
            self.fail(f"{what} is not supported")

    def _take_operator(self, names: tuple[str, ...]) -> bool:
        self._skip_space()
        operator = _OPERATOR.match(self._text, self.at)
        if operator is None or operator[1] not in names:
            return False
        self.at = operator.end()
        return True

    def _last_word(self) -> str:
        read = self._text[: self.at].split()
        return read[-1] if read else "this"

    def _is_at_end(self, *, but_brackets: bool = False) -> bool:
        self._skip_space()
        return self._next() in (("", "]", "}") if but_brackets else ("", ")"))

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self.at)
        self.at = match.end() if match else self.at

    def _next(self) -> str:
        return self._text[self.at : self.at + 1]
