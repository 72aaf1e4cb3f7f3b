"""Formats of applications, each a stamp at the start and what its logging library puts after it."""

import re

from app.domain.levels import LogLevel
from app.protocols.lines.context import Context
from app.protocols.lines.layout import Tail, address
from app.protocols.lines.parsed import ParsedLine

_REQUEST_ID = re.compile(r"req-[0-9a-fA-F-]{8,64}")
_CLIENT = re.compile(r"\bclient: ([0-9a-fA-F.:]{3,45})")


def _with_request_id(parsed: ParsedLine, _: Context) -> ParsedLine:
    """OpenStack's ``[req-ID USER PROJECT ...]``."""
    request = parsed.metadata.get("request", "")
    found = _REQUEST_ID.search(request)
    if found:
        parsed.correlation_id = found.group()
    others = [part for part in request.split() if part != "-" and not part.startswith("req-")]
    parsed.metadata.pop("request", None)
    for name, value in zip(("user_id", "project_id", "domain_id"), others, strict=False):
        parsed.metadata[name] = value
    return parsed


def _with_client(parsed: ParsedLine, _: Context) -> ParsedLine:
    """nginx's ``client: ADDRESS`` within the message, Apache's ``[client ADDRESS:PORT]``."""
    found = _CLIENT.search(parsed.message)
    client = found[1] if found else parsed.metadata.get("client", "")
    # An IPv6 address has colons of its own; only what follows the last one may be a port.
    host = client if address(client) else client.rpartition(":")[0]
    if address(host):
        parsed.source_ip = host
        parsed.metadata.pop("client", None)
    return parsed


def _postgresql(parsed: ParsedLine, _: Context) -> ParsedLine:
    kind = parsed.metadata.pop("kind", "")
    if kind:
        # DETAIL, HINT, STATEMENT and CONTEXT explain the line before and state no level.
        parsed.level = LogLevel.INFO
        parsed.metadata["severity_text"] = kind
    return parsed


_KIND = (
    r"(?:(?P<level>DEBUG[1-5]?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC)"
    r"|(?P<kind>DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT))"
)
_SESSION = r"(?:(?P<user>[^@\s\[]{1,100}+)@(?P<database>[^\s\[]{1,100}+) )?"

FORMATS = (
    Tail(
        "openstack",
        r" (?P<pid>\d+) %level% (?P<logger>\S{1,200}+) \[(?P<request>-|req-[^\]]{0,300}+)\] ?%message%",
        prefix=r"(?:(?P<file>\S{1,200}+) )?",
        finish=_with_request_id,
    ),
    Tail(
        "spring-boot",
        r" +%level% +(?P<pid>\d+) --- (?:\[(?P<application>[^\]]{0,200}+)\] )?"
        r"\[(?P<thread>[^\]]{0,200}+)\] ?(?:\[(?P<trace>[^\]]{0,200}+)\] )?"
        r"(?P<logger>\S{1,200}+) *: ?%message%",
    ),
    Tail(
        "elasticsearch",
        r"\]\[%level% *\]\[(?P<logger>[^\]]{1,200}+)\] *(?:\[(?P<node>[^\]]{1,200}+)\] ?)?%message%",
    ),
    Tail(
        "python",
        r" - (?P<logger>[\w.:/ -]{1,200}?) - %level% - %message%",
        r" %level%:(?P<logger>[\w.]{1,200}+):%message%",
    ),
    Tail(
        "loguru",
        r" \| %level% *\| (?P<logger>[\w.<>]{1,200}+(?::[\w.<>]{1,200}+)*+) - %message%",
    ),
    Tail(
        "zap",
        r"\t%Level%\t(?:(?P<logger>[\w./-]{1,200}+)\t)?"
        r"(?:(?P<source_file>[\w./@-]{1,200}\.go):(?P<line>\d+)\t)?%message%",
    ),
    Tail(
        "tomcat",
        r" +%level% +%thread% (?P<logger>[a-z][\w$]{0,60}(?:\.[\w$<>]{1,100}){2,20}+) %message%",
    ),
    Tail(
        "wildfly",
        r" +%level% +\[(?P<logger>[\w.$/-]{1,200}+)\] \((?P<thread>[^()]{0,200}+)\) %message%",
    ),
    Tail(
        "log4j",
        r",? +%level% +%thread% +%logger%(?::| -)(?: |$)%message%",
        r",? +%thread% +%level% +%logger% *(?::| -)(?: |$)%message%",
        r",? +(?:(?P<tid>\d{1,19}) +)?%level% +%logger%(?::| -)(?: |$)%message%",
        r" - %level% +\[(?P<thread>[^\r]{0,250}?):(?P<logger>[\w.$]{1,200})@(?P<line>\d{1,9})\] - ?"
        r"%message%",
        r"\] %level% (?P<message>.*) \((?P<logger>[A-Za-z][\w$]*\.[\w.$]{1,200})\)$",
    ),
    Tail(
        "nginx-error",
        r" \[%Level%\] (?P<pid>\d+)#(?P<tid>\d+): (?:\*(?P<connection>\d+) )?%message%",
        finish=_with_client,
    ),
    Tail(
        "apache-error",
        r"\] \[(?:(?P<module>[\w-]{0,50}+):)?(?P<level>[a-z]{4,6}\d?)\]"
        r"(?: \[pid (?P<pid>\d+)(?::tid (?P<tid>\d+))?\])?"
        r"(?: (?P<source_file>[\w.]{1,60}\.c)\((?P<line>\d+)\):)?"
        r"(?: \[client (?P<client>[^\]]{1,100})\])? %message%",
        prefix=r"\[",
        finish=_with_client,
    ),
    Tail(
        "postgresql",
        rf"(?: [A-Z][A-Za-z]{{1,4}})? (?:\[(?P<pid>\d+)(?:-\d+)?\]:? ?){_SESSION}"
        rf"(?:\[[^\]]{{0,200}}\] )?{_KIND}:  ?%message%",
        r":(?P<client>[^:]{0,100}+):(?P<user>[^@\s]{0,100}+)@(?P<database>[^:\s]{0,100}+)"
        rf":\[(?P<pid>\d+)\]:{_KIND}:  ?%message%",
        finish=_postgresql,
    ),
    Tail(
        "mysql",
        r" (?P<tid>\d+) \[(?P<level>System|Note|Warning|ERROR|Error)\] (?:\[(?P<code>MY-\d+)\] )?"
        r"(?:\[(?P<component>\w+)\] )?%message%",
    ),
    Tail(
        "mongodb",
        r" (?P<level>[FEWID]|D[1-5]) +(?P<component>[A-Z_-]{1,12}) +\[(?P<thread>[^\]]{0,200}+)\] ?"
        r"%message%",
    ),
    Tail(
        "windows-cbs",
        r", (?P<level>Info|Warning|Error|Debug|Critical|Verbose)\s+"
        r"(?:(?P<component>[A-Z][\w.]{1,30})\s+)?%message%",
    ),
    Tail(
        "android",
        r" +(?P<pid>\d+) +(?P<tid>\d+) (?P<level>[VDIWEFA]) (?P<component>[^:]{0,100}?) *: ?%message%",
        r" (?P<level>[VDIWEFA])/(?P<component>[^(:]{0,100}?) *\( *(?P<pid>\d+)\): ?%message%",
    ),
    Tail(
        "proxifier",
        r"\] (?P<component>[\w.+() -]{1,80}?(?: \*64)?) - %message%",
        prefix=r"\[",
    ),
    Tail(
        "java-util-logging",
        r" (?P<logger>[A-Za-z_$][\w$]*(?:\.[\w$]+)+) (?P<method>[\w$<>]+)(?P<message>$)",
    ),
    Tail(
        "go",
        r" (?P<source_file>[\w/.-]{1,200}\.go):(?P<line>\d+): %message%",
    ),
)  # fmt: skip
