"""Lines without a time that start with a level: ``[INFO] text``, ``ERROR: text``, ``warn: text``."""

import re

from app.protocols.lines.context import Context
from app.protocols.lines.layout import set_level
from app.protocols.lines.level_words import ANY_CASE, CAPITALS
from app.protocols.lines.parsed import ParsedLine

#: The others are mere words, unless they stand in brackets, or in capitals before a colon.
_WORDS = "trace|debug|info|information|notice|warn|warning|error|err|critical|crit|fatal"
_LEVEL = re.compile(
    rf"(?:\[ ?({ANY_CASE}) ?\]:?|((?i:{_WORDS})|{CAPITALS}):|({_WORDS.upper()})(?=\s))"
    r"(?: +[-|])?\s+(?=\S)",
    re.ASCII,
)


class LevelFirst:
    """The level is the first word; when it was is said by the lines before, if at all."""

    name = "level-first"

    def parse(self, line: str, _: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        match = _LEVEL.match(line)
        if match is None:
            return None
        parsed = ParsedLine(line[match.end() :].strip())
        set_level(parsed, match[match.lastindex or 1])
        return parsed
