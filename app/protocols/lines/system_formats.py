"""Formats of systems and runtimes in which something other than the stamp comes first."""

import re

from app.domain.levels import LogLevel
from app.protocols.lines.context import Context
from app.protocols.lines.layout import Layout
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.syslog_tags import split_tag

#: Redis writes its level as one sign (``redis.conf``, loglevel).
_REDIS_LEVELS = {
    ".": LogLevel.DEBUG,
    "-": LogLevel.DEBUG,
    "*": LogLevel.INFO,
    "#": LogLevel.WARNING,
}
_FRACTION = re.compile(r"\.(\d{1,9})$", re.ASCII)
_FULL_STAMP = r"\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d(?:\.\d{1,9})?"


def _redis(parsed: ParsedLine, _: Context) -> ParsedLine:
    parsed.level = _REDIS_LEVELS[parsed.metadata.pop("sign")]
    return parsed


def _supercomputer(parsed: ParsedLine, _: Context) -> ParsedLine:
    """The epoch says the second without doubt, the local time its fraction."""
    fraction = _FRACTION.search(parsed.metadata.pop("local_time", ""))
    if fraction and parsed.instant is not None:
        parsed.instant += int(fraction[1].ljust(9, "0"))
    if parsed.metadata.get("alert") == "-":
        del parsed.metadata["alert"]
    return parsed


def _supercomputer_syslog(parsed: ParsedLine, _: Context) -> ParsedLine:
    parsed = _supercomputer(parsed, _)
    parsed.service, parsed.message, more = split_tag(parsed.message)
    parsed.metadata.update(more)
    return parsed


def _audit(parsed: ParsedLine, _: Context) -> ParsedLine:
    parsed.service = "auditd"
    return parsed


FORMATS = (
    Layout(
        "bgl",
        r"(?P<alert>\S{1,40}) %epoch% (?P<date>\d{4}\.\d\d\.\d\d) (?P<node>\S{1,100}) "
        rf"(?P<local_time>{_FULL_STAMP}) \S{{1,100}} (?P<kind>\S{{1,40}}) (?P<component>\S{{1,40}}) "
        r"(?P<level>[A-Z]{2,12})(?: |$)%message%",
        "epoch",
        _supercomputer,
    ),
    Layout(
        "thunderbird",
        r"(?P<alert>\S{1,40}) %epoch% (?P<date>\d{4}\.\d\d\.\d\d) (?P<node>\S{1,100}) "
        r"[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d (?P<host>\S{1,200}) ?%message%",
        "epoch",
        _supercomputer_syslog,
    ),
    Layout(
        "hpc",
        r"(?P<log_id>\d{1,12}) (?P<node>\S{1,100}) (?P<component>\S{1,60}) (?P<state>\S{1,80}) "
        r"%epoch% (?P<flag>-?\d{1,3}) %message%",
        "epoch",
    ),
    Layout(
        "healthapp",
        r"%compact-colons%\|(?P<component>[\w.$-]{1,80})\|(?P<pid>\d+)\|%message%",
        "compact-colons",
    ),
    Layout(
        "klog",
        r"(?P<level>[IWEF])%klog% +(?P<tid>\d+) (?:(?P<source_file>[\w./@-]{1,200}):(?P<line>\d+)"
        r"|(?P<origin>[^\]]{1,200}))(?:\] ?| ⋮ ?| {2,})%message%",
        "klog",
    ),
    Layout(
        "redis",
        r"(?P<pid>\d+):(?P<role>[XCSM]) %day-first% (?P<sign>[.*#-]) %message%",
        "day-first",
        _redis,
    ),
    Layout(
        "mysql",
        r"%six-six% (?:\d+ )?\[(?P<level>Note|Warning|ERROR)\] "
        r"(?:(?P<component>InnoDB|Plugin): )?%message%",
        "six-six",
    ),
    Layout(
        "ruby",
        r"[DIWEFAU], \[%iso% #(?P<pid>\d+)\] +(?P<level>DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- "
        r"(?P<program>[^:]{0,100}?): ?%message%",
        "iso",
    ),
    Layout(
        "chromium",
        r"\[(?:(?P<pid>\d+):(?P<tid>\d+):)?%chromium%:%level%:"
        r"(?P<source_file>[\w./-]{1,200})(?:\(|:)(?P<line>\d+)\)?\] ?%message%",
        "chromium",
    ),
    Layout(
        "audit",
        r"(?:node=(?P<node>\S{1,200}) )?type=(?P<kind>\w{1,60}) "
        r"msg=audit\(%epoch%:(?P<serial>\d{1,20})\): ?%message%",
        "epoch",
        _audit,
    ),
    Layout(
        "python-basic",
        r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL):(?P<logger>[\w.-]{1,200}):%message%",
    ),
    Layout(
        "logcat-brief",
        r"(?P<level>[VDIWEFA])/(?P<component>[^(:]{1,100}?) *\( *(?P<pid>\d+)\): ?%message%",
    ),
    Layout("uvicorn", r"(?P<level>TRACE|DEBUG|INFO|WARNING|ERROR|CRITICAL): {2,}%message%"),
)  # fmt: skip
