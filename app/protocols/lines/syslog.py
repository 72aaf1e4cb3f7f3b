"""Syslog as files keep it: RFC 3164 with or without PRI, and the same with an ISO 8601 stamp."""

import re

from app.protocols.levels import syslog_level
from app.protocols.lines.context import Context
from app.protocols.lines.json_lines import wrap
from app.protocols.lines.layout import set_level
from app.protocols.lines.level_words import read_level, status_level
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.payloads import read_payload
from app.protocols.lines.stamps import BY_NAME
from app.protocols.lines.syslog_tags import split_tag

FACILITIES = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
]
_PRI = re.compile(r"<(\d{1,3})>", re.ASCII)
_HOST = re.compile(r"([\w.:/@-]{1,255}) +", re.ASCII)
#: Cisco's ``%FACILITY-SEVERITY-MNEMONIC:``.
_CISCO = re.compile(r"(?:[^%]{1,80}: )?%[A-Z][A-Z0-9_-]{1,40}-([0-7])-\w{1,60}:", re.ASCII)
_HAPROXY = re.compile(
    r"(?P<ip>[0-9a-fA-F.:]{3,45}):\d+ \[\d\d/\w{3}/\d{4}:[\d:.]+\] \S+ \S+ [-\d/+]+ "
    r"(?P<status>\d{3}) \d+ ",
    re.ASCII,
)
_SHAPES = [
    (BY_NAME[name], re.compile(BY_NAME[name].pattern, re.ASCII))
    for name in ("rfc3164", "iso", "month-first")
]


class Syslog:
    """``[<PRI>]Jun 14 15:16:01 host tag[pid]: message``; the tag is the service."""

    name = "syslog"

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        start, severity, facility = pri(line)
        instant = None
        for shape, regex in _SHAPES:
            # Cisco marks a clock that is not synchronised.
            match = regex.match(line, start + (line[start : start + 1] in "*."))
            if match is None:
                continue
            base, frac, ms, zone = match.group("base", "frac", "ms", "zone")
            if shape.name == "iso" and not zone and severity is None:
                return None
            try:
                instant = context.calendar.instant(shape, base, frac or ms, zone)
            except ValueError:
                return None
            start = match.end()
            break
        if instant is None:
            if severity is None or line[start : start + 2] in ("", "1 "):
                return None
        elif line[start : start + 1] not in (" ", ":"):
            return None
        is_sure = severity is not None or shape.name == "rfc3164"
        parsed = _after_stamp(line[start:].lstrip(" :"), instant, is_sure=is_sure)
        if parsed is None:
            return None
        if inner := read_payload(parsed.message, context):
            inner.service = parsed.service or inner.service
            parsed = wrap(inner, parsed)
        if facility:
            parsed.metadata["facility"] = facility
        if severity is not None:
            parsed.level = syslog_level(severity)
        return parsed


def pri(line: str) -> tuple[int, int | None, str]:
    """Where the text after ``<PRI>`` starts, the severity and the facility that it gives."""
    match = _PRI.match(line)
    if match is None or int(match[1]) > 191:
        return 0, None, ""
    facility, severity = divmod(int(match[1]), 8)
    return match.end(), severity, FACILITIES[facility]


def _after_stamp(text: str, instant: int | None, *, is_sure: bool) -> ParsedLine | None:
    """``[host] [tag:] message``; without a sure sign of syslog there must be a tag."""
    host = _HOST.match(text) if instant is not None else None
    if host is not None and host[1].endswith(":"):
        host = None
    rest = text[host.end() :].removeprefix(": ") if host else text
    if not rest or (host and _states_level(host[1])) or _states_level(rest.partition(" ")[0]):
        return None
    service, message, metadata = split_tag(rest)
    if service is None and not is_sure:
        return None
    if service and _states_level(service):
        return None
    parsed = ParsedLine(message, instant, service=service, metadata=metadata)
    if host:
        metadata["host"] = host[1]
    if "severity_text" in metadata:
        set_level(parsed, metadata.pop("severity_text"))
    if "%" in rest and (stated := _CISCO.match(rest)):
        parsed.level = syslog_level(int(stated[1]))
    elif service == "haproxy" and (request := _HAPROXY.match(message)):
        parsed.source_ip = request["ip"]
        metadata["status"] = int(request["status"])
        parsed.level = status_level(metadata["status"])
    return parsed


def _states_level(word: str) -> bool:
    """Whether a level stands where the host or the tag should: the log of some application."""
    name = word.rstrip(":").strip("[]")
    return len(name) > 2 and read_level(name) is not None
