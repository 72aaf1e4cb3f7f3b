"""logfmt: ``time=2024-01-02T03:04:05Z level=info msg="started" port=8080``."""

import re

from app.domain.metadata import parse_number
from app.protocols.lines.context import Context
from app.protocols.lines.named_values import ROLES, read_named_values
from app.protocols.lines.parsed import ParsedLine

_PAIR = re.compile(
    r"\s*([A-Za-z_@][\w.@/-]{0,100}+)(?:=(\"(?:[^\"\\]|\\.)*+\"|[^\s\"]\S*|))?(?=\s|$)"
)
_ESCAPE = re.compile(r"\\(.)")
_UNESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
#: A line without any of these is no log line, whatever pairs it has.
_TELLING = frozenset({"instant", "level", "message"})


class Logfmt:
    """Pairs of a name and a value; a line that is anything else is not of this format."""

    name = "logfmt"

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        if "=" not in line[:120]:
            return None
        values: dict[str, object] = {}
        end, pairs, words = 0, 0, 0
        text = line.rstrip()
        while end < len(text):
            match = _PAIR.match(text, end)
            if match is None:
                return None
            name, value = match.groups()
            end = match.end()
            if value is None:
                words += 1
                values[name] = True
            else:
                pairs += 1
                values[name] = _value(value)
            if words > pairs:
                return None
        roles = {ROLES[name.lower()][0] for name in values if name.lower() in ROLES}
        if pairs < 2 or len(roles & _TELLING) < 1 or (len(roles & _TELLING) < 2 and words):
            return None
        parsed = read_named_values(values, context)
        if not parsed.message:
            parsed.message = text.strip()
        return parsed


def _value(text: str) -> object:
    if text.startswith('"'):
        return _ESCAPE.sub(lambda match: _UNESCAPED.get(match[1], match[1]), text[1:-1])
    if len(text) < 16 and (number := parse_number(text)) is not None:
        return int(text) if text.lstrip("-").isdigit() else number
    return text
