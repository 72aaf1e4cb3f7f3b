"""What is plainly a value in a message is masked before patterns are looked for.

The rules are for log lines in general. They know no product and no file: addresses, paths, times,
numbers and ids look the same everywhere.
"""

import re

from app.domain.messages import MESSAGE_CHARACTERS

#: Stands for a value: "substitute" of ASCII, which no message has a use for. It is not the sign that
#: Drain puts where words differ: that one never counts as alike, while two values at one place are.
MASK = "\x1a"
#: Words of one message that are looked at; the end of a longer one is as good as a value.
MAX_WORDS = 128
_KNOWN_WORDS = 20_000
_KNOWN_LENGTH = 64
#: No word of a language is longer, and none that a program was given a name for.
_LONGEST_WORD = 200

# A rule for each kind of value, tried in this order at every place of a word.
_VALUES = re.compile(
    "|".join(
        [
            r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>,;)\]}]+",  # a URL
            r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # a mail address
            r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",  # a UUID
            r"\b[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\b",  # a MAC address
            r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?",  # IPv4, with a port
            r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])",  # IPv6, a time of day
            r"\b\d{4}-\d\d-\d\d(?:T[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?)?",  # a date, with its time
            r"(?<![\w>)\]*\x1a])/(?:[\w.@%+~$=:-]+/?)+",  # a path
            r"\b[A-Za-z]:\\[^\s\"',;]+",  # a path on Windows
            r"\b0[xX][0-9a-fA-F]+\b",  # hexadecimal that says so
            r"\b(?=[a-fA-F]*\d)[0-9a-fA-F]{8,}\b",  # and that does not
            # A number, with its sign, its fraction, and what is joined to it: a unit, the rest of an id.
            r"(?:(?<![A-Za-z0-9.])[+-])?\d+(?:\.\d+)*\w*(?:-\w*\d\w*)*",
        ]
    )
)
_SETTING = re.compile(r"(?<=[\w\]]=)[^\s,;\])}=<\"'>]+")  # the value of key=value
_JOINED = re.compile(f"{MASK}(?:[.:/_@,-]*{MASK})+")
# Not behind a letter, where it is an apostrophe; not a request line, whose method says what it is.
_QUOTED = re.compile(
    r"""(?<!\w)(?:"(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)[ ])[^"]+"|'[^']+')(?!\w)"""
)
_OF_DATES = frozenset(
    [
        *("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ]
)


def first_line(text: str) -> str:
    """The first line of ``text`` that is not blank, cut: what follows is a stack trace or the like."""
    return text[:MESSAGE_CHARACTERS].lstrip().partition("\n")[0].rstrip()


class Masker:
    """Cuts messages into words with ``MASK`` for values. It remembers words; not for several threads."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def words(self, text: str) -> list[str]:
        """The words of a message."""
        line = first_line(text)
        if '"' in line or "'" in line:
            line = _QUOTED.sub(MASK, line)
        known = self._known
        words = [known.get(word) or self._masked(word) for word in line.split()[:MAX_WORDS]]
        if not _OF_DATES.isdisjoint(words):
            _mask_dates(words)
        return words

    def _masked(self, word: str) -> str:
        if len(word) > _LONGEST_WORD:
            return MASK
        masked = _JOINED.sub(MASK, _SETTING.sub(MASK, _VALUES.sub(MASK, word)))
        if len(word) <= _KNOWN_LENGTH:
            if len(self._known) >= _KNOWN_WORDS:
                self._known.clear()
            self._known[word] = masked
        return masked


def _mask_dates(words: list[str]) -> None:
    """Mask ``Jul`` and ``Sun Jul`` before a value; behind ``may`` as a word there is none."""
    for at in range(len(words) - 2, -1, -1):
        if words[at] in _OF_DATES and words[at + 1] == MASK:
            words[at] = MASK
