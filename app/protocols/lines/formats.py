"""Every format, in the order in which they are tried."""

from app.protocols.lines import application_formats, system_formats
from app.protocols.lines.access_log import AccessLog
from app.protocols.lines.calendars import Calendar
from app.protocols.lines.container import Cri
from app.protocols.lines.context import Context
from app.protocols.lines.generic import Generic
from app.protocols.lines.json_lines import JsonLines
from app.protocols.lines.layout import Format
from app.protocols.lines.level_first import LevelFirst
from app.protocols.lines.logfmt import Logfmt
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.syslog import Syslog
from app.protocols.lines.syslog_5424 import Syslog5424
from app.protocols.lines.w3c import W3c

#: Lines of no known format.
PLAIN = "plain"
GENERIC = "generic"


class _Inner:
    """Reads what a container wrote; it may have any format, so each line is tried on its own."""

    def __init__(self) -> None:
        self._formats: tuple[Format, ...] = (
            JsonLines(), Logfmt(), *system_formats.FORMATS, *application_formats.FORMATS,
            AccessLog(), Generic(farthest=1), LevelFirst(),
        )  # fmt: skip
        self._context = Context(Calendar(year=1970, day=719_163))

    def __call__(self, text: str, _: Context) -> ParsedLine | None:
        for candidate in self._formats:
            parsed = candidate.parse(text, self._context)
            if parsed is not None:
                return parsed
        return None


def all_formats() -> tuple[Format, ...]:
    """The formats but plain text, those that say most about a line first, the fallback last."""
    inner = _Inner()
    return (
        JsonLines(inner),
        Syslog5424(),
        Cri(inner),
        W3c(),
        AccessLog(),
        *system_formats.FORMATS,
        *application_formats.FORMATS,
        Syslog(),
        Logfmt(),
        Generic(),
        LevelFirst(),
    )


def format_names() -> list[str]:
    """The names that ``--format`` takes."""
    return [*(each.name for each in all_formats()), PLAIN]
