"""Access logs of web servers and load balancers; the level follows from the status."""

import re

from app.protocols.lines.context import Context
from app.protocols.lines.layout import address
from app.protocols.lines.level_words import status_level
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.stamps import BY_NAME

_QUOTED = r"\"(?:[^\"\\]|\\.)*+\""
_DAY_FIRST = BY_NAME["day-first"]
_COMMON = re.compile(
    # A virtual host comes first only where an address follows it.
    r"(?:(?P<vhost>[\w.:*-]{1,255}) (?=[0-9a-fA-F]{0,4}[.:][0-9a-fA-F.:]{1,44} ))?"
    r"(?P<client>[\w.:%,-]{1,255}) (?P<ident>\S{1,100}) "
    rf"(?P<user>[^\[\"]{{1,200}}?) \[{_DAY_FIRST.pattern}\] (?P<request>{_QUOTED}) "
    rf"(?P<status>\d{{3}}) (?P<bytes>\d{{1,18}}|-)(?: (?P<referer>{_QUOTED}) (?P<agent>{_QUOTED}))?"
    r"(?: (?P<extra>.*))?$",
    re.ASCII,
)
_ISO = BY_NAME["iso"]
#: AWS classic and application load balancers.
_LOAD_BALANCER = re.compile(
    rf"(?:(?P<kind>https?|h2|grpcs|wss?) )?{_ISO.pattern} (?P<balancer>\S{{1,300}}) "
    r"(?P<client>[0-9a-fA-F.:\[\]]{3,47}):(?P<client_port>\d{1,5}) (?P<target>\S{1,100}) "
    r"(?P<request_time>-?[\d.]{1,12}) (?P<target_time>-?[\d.]{1,12}) (?P<response_time>-?[\d.]{1,12}) "
    rf"(?P<status>\d{{3}}|-) (?P<target_status>\d{{3}}|-) (?P<received>\d+) (?P<bytes>\d+)"
    rf" (?P<request>{_QUOTED}) (?P<agent>{_QUOTED})(?: (?P<extra>.*))?$",
    re.ASCII,
)
_TRACE_ROOT = re.compile(r"\"Root=([\w-]{1,100})")
#: Envoy's default.
_ENVOY = re.compile(
    rf"\[{_ISO.pattern}\] (?P<request>{_QUOTED}) (?P<status>\d{{1,3}}) (?P<extra>.*)$", re.ASCII
)
#: Squid's native format.
_SQUID = re.compile(
    rf"{BY_NAME['epoch'].pattern} +(?P<duration_ms>-?\d{{1,12}}) (?P<client>[\w.:-]{{1,255}}) "
    r"(?P<result>[A-Z_]{3,60})/(?P<status>\d{3}) (?P<bytes>\d{1,18}) (?P<method>[A-Z_]{1,30}) "
    r"(?P<path>\S+) (?P<extra>.*)$",
    re.ASCII,
)
_LAYOUTS = (
    (_COMMON, _DAY_FIRST),
    (_LOAD_BALANCER, _ISO),
    (_ENVOY, _ISO),
    (_SQUID, BY_NAME["epoch"]),
)
_INTEGERS = ("bytes", "client_port", "received", "target_status", "duration_ms")


class AccessLog:
    """The common and combined formats of Apache and nginx, with what may be added to them."""

    name = "access"

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        for regex, shape in _LAYOUTS:
            match = regex.match(line)
            if match is None:
                continue
            base, frac, zone = match.group("base", "frac", "zone")
            try:
                instant = context.calendar.instant(shape, base, frac, zone)
            except ValueError:
                return None
            return _request(_values(match), instant)
        return None


def _values(match: re.Match[str]) -> dict[str, str]:
    """What the groups hold, without quotes; a hyphen is nothing."""
    values = {}
    for name, value in match.groupdict().items():
        if value and value not in ("-", '"-"') and name not in ("base", "frac", "ms", "zone"):
            is_quoted = value.startswith('"') and name != "extra"
            values[name] = value[1:-1] if is_quoted else value
    return values


def _request(values: dict[str, str], instant: int) -> ParsedLine:
    status = int(values.pop("status", "0"))
    request = values.pop("request", "")
    if not request:
        request = f"{values.get('method', '-')} {values.get('path', '-')}"
    parsed = ParsedLine(f"{request} {status}", instant, status_level(status))
    metadata = parsed.metadata
    client = values.pop("client", "")
    if found := address(client.split(",")[0]):
        parsed.source_ip = found
    elif client:
        metadata["client"] = client
    words = request.split(" ")
    if len(words) == 3 and words[2].startswith("HTTP"):
        metadata["method"], metadata["path"], metadata["protocol"] = words
    metadata["status"] = status
    for name in _INTEGERS:
        if name in values:
            metadata[name] = int(values.pop(name))
    if trace := _TRACE_ROOT.search(values.get("extra", "")):
        parsed.trace_id = trace[1]
    metadata.update(values)
    return parsed
