"""W3C extended logs (IIS, CloudFront): a ``#Fields:`` line names the columns of those after it."""

import re

from app.protocols.lines.context import Context
from app.protocols.lines.layout import address
from app.protocols.lines.level_words import status_level
from app.protocols.lines.parsed import ParsedLine

_DIRECTIVE = re.compile(
    r"#(Fields|Version|Software|Date|Start-Date|End-Date|Remark):", re.IGNORECASE
)
_NUMERIC = frozenset(
    [
        "sc-status",
        "sc-substatus",
        "sc-win32-status",
        "sc-bytes",
        "cs-bytes",
        "time-taken",
        "s-port",
        "c-port",
    ]
)


def is_directive(line: str) -> bool:
    """Whether ``line`` describes the lines after it and is no record itself."""
    return _DIRECTIVE.match(line) is not None


def columns_of(line: str) -> tuple[str, ...]:
    """The columns that a ``#Fields:`` line announces; empty for any other line."""
    if not line.startswith("#Fields:"):
        return ()
    return tuple(line.removeprefix("#Fields:").split())


class W3c:
    """One request a line, its columns as the last ``#Fields:`` line says."""

    name = "w3c"

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        columns = context.columns
        if not columns:
            return None
        values = line.split("\t") if "\t" in line else line.split()
        if len(values) != len(columns):
            return None
        row = {name: value for name, value in zip(columns, values, strict=True) if value != "-"}
        stamp = context.stamp(f"{row.pop('date', '')} {row.pop('time', '')}".strip())
        if stamp is None:
            return None
        method = row.get("cs-method", row.get("sc-method", "-"))
        path = row.get("cs-uri-stem", row.get("cs-uri", "-"))
        query = row.get("cs-uri-query")
        target = f"{path}?{query}" if query else path
        message = f"{method} {target} {row.get('sc-status', '')}".strip()
        parsed = ParsedLine(message if target != "-" else line.strip(), stamp.instant)
        status = row.get("sc-status", "")
        if status.isdigit():
            parsed.level = status_level(int(status))
        client = row.get("c-ip", "")
        if address(client):
            parsed.source_ip = row.pop("c-ip")
        for name, value in row.items():
            if name:
                is_number = name in _NUMERIC and value.isdigit() and len(value) < 16
                parsed.metadata[name] = int(value) if is_number else value
        for source, name in (
            ("cs-method", "method"),
            ("cs-uri-stem", "path"),
            ("sc-status", "status"),
        ):
            if source in parsed.metadata:
                parsed.metadata[name] = parsed.metadata.pop(source)
        return parsed
