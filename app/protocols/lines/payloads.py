"""Structured text within a line of another format, as programs write it through syslog or a pipe."""

from app.protocols.lines.context import Context
from app.protocols.lines.json_lines import JsonLines
from app.protocols.lines.logfmt import Logfmt
from app.protocols.lines.parsed import ParsedLine

_JSON = JsonLines()
_LOGFMT = Logfmt()


def read_payload(text: str, context: Context) -> ParsedLine | None:
    """What ``text`` says, if it is a JSON object or logfmt with a level."""
    if text.startswith("{"):
        return _JSON.parse(text, context)
    if "level=" in text or "lvl=" in text:
        return _LOGFMT.parse(text, context)
    return None
