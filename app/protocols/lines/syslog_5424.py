"""Syslog by RFC 5424, with structured data."""

import re

from app.protocols.levels import syslog_level
from app.protocols.lines.context import Context
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.syslog import FACILITIES

_QUOTED = r"\"(?:[^\"\\]|\\.)*+\""
_HEADER = re.compile(
    r"(?:\d{1,6} )?<(?P<pri>\d{1,3})>1 (?P<time>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,128})"
    r" (?P<procid>\S{1,128}) (?P<msgid>\S{1,64})"
    rf" (?P<sd>-|(?:\[(?:[^\]\"]|{_QUOTED})*+\])++)(?: (?P<message>.*))?$"
)
_ELEMENT = re.compile(rf"\[([^\s=\]\"]{{1,128}})((?: +[^\s=\]\"]{{1,128}}={_QUOTED})*+) *\]")
_PARAMETER = re.compile(r" ([^\s=\]\"]{1,128})=\"((?:[^\"\\]|\\.)*+)\"")
_ESCAPE = re.compile(r"\\([\"\\\]])")


class Syslog5424:
    """``<PRI>1 TIME HOST APP PROCID MSGID [SD] MSG``; the application is the service."""

    name = "syslog-5424"

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        match = _HEADER.match(line)
        if match is None or int(match["pri"]) > 191:
            return None
        parts = {name: value for name, value in match.groupdict().items() if value and value != "-"}
        message = parts.get("message", "").removeprefix("\ufeff").strip()
        facility, severity = divmod(int(match["pri"]), 8)
        parsed = ParsedLine(
            message or line.strip(), level=syslog_level(severity), service=parts.get("app")
        )
        if "time" in parts:
            stamp = context.stamp(parts["time"])
            if stamp is None:
                return None
            parsed.instant = stamp.instant
        metadata = parsed.metadata
        metadata["facility"] = FACILITIES[facility]
        for name in ("host", "msgid"):
            if name in parts:
                metadata[name] = parts[name]
        if process := parts.get("procid"):
            metadata["pid"] = int(process) if process.isdigit() and len(process) < 16 else process
        if "sd" in parts:
            metadata["structured_data"] = _structured_data(parts["sd"])
        return parsed


def _structured_data(text: str) -> dict[str, dict[str, str]]:
    return {
        name: {key: _ESCAPE.sub(r"\1", value) for key, value in _PARAMETER.findall(parameters)}
        for name, parameters in _ELEMENT.findall(text)
    }
