"""The parts of joined words: ``NullPointerException`` in ``java.lang.NullPointerException``.

Elasticsearch's ``standard`` analyzer keeps such a word whole (see ``app.domain.words``), and not every
distribution has an analyzer that parts it. So the parts of each joined word of a message are written
down beside it, as texts of their own, which the same analyzer cuts into words.

- Parted is at ``_``, and at a ``.`` or ``:`` between two letters: ``user_id``, ``com.foo.Bar``,
  ``file.name.txt``. Numbers stay whole (``10.0.0.1``, ``1.5``), and so do ``don't`` and ``camelCase``.
- A phrase may stand in the parts of one word (``lang.NullPointerException``), or begin with the last
  parts of one and go on behind it (``NullPointerException: x is null``). For that, the word that
  follows is written with the parts. Of a longer phrase, its first two words stand in the parts and
  all but its first in the message, next to each other in both.
- A begun word may begin as a part does (``nullpoint*``). A joined one begins as a word does:
  ``java.lang.null*`` but not ``lang.null*``, which would stand for as many parts as there are ids.

A letter is what the standard library calls one: no mark that stands behind a letter.
"""

import re
from typing import NamedTuple

from app.domain.words import Beginning, contains_beginning, words

_LETTER = r"[^\W\d_]"
# The set of characters comes first, as that is what the search for it is quick by.
_JOINT = rf"[_.:](?:(?<=_)|(?<={_LETTER}.)(?={_LETTER}))"
_REST = r"(?:\w++|[.:,'](?=\w))*+"

# From the first joint of a word over joined words behind it to the end of the first that is not.
_onwards = re.compile(rf"{_JOINT}{_REST}(?:\W++[^\W_]*+{_JOINT}{_REST})*+(?:\W++\w{_REST})?+")


def parts(text: str) -> list[str]:
    """Each joined word of ``text``, parted by spaces, with the word that follows it; none twice."""
    # Most messages have none of them, and this takes a tenth of what a search for them takes.
    if not ("_" in text or "." in text or ":" in text):
        return []
    found, end = [], 0
    while word := _onwards.search(text, end):
        start = word.start()
        while start > end and text[start - 1].isalnum():
            start -= 1
        end = word.end()
        found.append(_parted(text[start:end]))
    return list(dict.fromkeys(found)) if len(found) > 1 else found


class InParts(NamedTuple):
    """What a phrase asks for where it begins inside of a joined word.

    Attributes:
        first: of one of the ``parts`` of a message.
        rest: of the message itself; None if the parts have it all.
    """

    first: Beginning
    rest: Beginning | None


def in_parts(begun: Beginning) -> InParts | None:
    """Where else than in whole words ``begun`` may be found; None if nowhere."""
    whole, last, may_end = begun
    if len(whole) + bool(last) > 2:
        return InParts(_in_words(whole[:2]), Beginning(whole[1:], last, may_end))
    if may_end:
        whole, last = [*whole, last[:-1]], ""
    if last != _parted(last):
        return None
    return InParts(_in_words(whole, last), None)


def contains(text: str, begun: Beginning) -> bool:
    """Whether ``text`` has what ``begun`` asks for, in whole words or in parts."""
    if contains_beginning(text, begun):
        return True
    sought = in_parts(begun)
    if sought is None or not any(contains_beginning(part, sought.first) for part in parts(text)):
        return False
    return sought.rest is None or contains_beginning(text, sought.rest)


def _in_words(whole: list[str], last: str = "") -> Beginning:
    return Beginning(words(_parted(" ".join(whole))), last)


def _parted(text: str) -> str:
    # A number in here is parted too, and alike where it is sought: that spares telling joints apart.
    return text.replace("_", " ").replace(".", " ").replace(":", " ")
