"""Which named value of a structured line is its time, its level, its message and so on.

The names are those of the common libraries and schemas: ECS, OpenTelemetry, zap, pino, bunyan,
logrus, Serilog, log4j's JSON layout, python-json-logger, GELF, MongoDB, journald and GCP.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.levels import LogLevel
from app.protocols.levels import syslog_level
from app.protocols.lines.context import Context
from app.protocols.lines.layout import address
from app.protocols.lines.level_words import is_plain_spelling, read_level
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.value_times import read_time

#: Part of a record -> the names that carry it, the surest first; compared in lower case.
_NAMES = {
    "instant": "@timestamp timestamp time ts @t timeunixnano time_unix_nano datetime date t instant "
    "eventtime event_time timemillis __realtime_timestamp _source_realtime_timestamp asctime log_time "
    "logtime _time requestreceivedtimestamp created_at observedtimeunixnano",
    "level": "level severity lvl log.level loglevel log_level levelname level_name severity_text "
    "severitytext severitynumber severity_number @l @level s priority log.severity syslog.severity",
    "message": "message msg log text body short_message @m @message @mt renderedmessage message_text "
    "textpayload log_message logmessage event",
    "service": "service service.name service_name servicename app application app_name appname "
    "application_name syslog_identifier program ident service_id name logger logger_name loggername",
    "source_ip": "source_ip client_ip clientip client.ip source.ip sourceip remote_addr remoteaddr "
    "remote_ip remoteip ip",
    "correlation_id": "correlation_id correlationid correlation.id x_correlation_id request_id "
    "requestid req_id reqid x_request_id",
    "trace_id": "trace_id traceid trace.id dd.trace_id oteltraceid @tr",
    "span_id": "span_id spanid span.id dd.span_id otelspanid @sp",
}  # fmt: skip
ROLES = {
    name: (role, rank) for role, names in _NAMES.items() for rank, name in enumerate(names.split())
}
#: Names of nested objects that hold one of the above.
_NESTED = frozenset(
    ["log", "service", "trace", "span", "client", "source", "dd", "correlation", "syslog"]
)
#: Stays in the metadata as well, because it is rarely a service.
_KEPT = frozenset({"logger", "logger_name", "loggername"})
#: bunyan's and pino's numbers.
_BUNYAN = {
    10: LogLevel.DEBUG,
    20: LogLevel.DEBUG,
    30: LogLevel.INFO,
    40: LogLevel.WARNING,
    50: LogLevel.ERROR,
    60: LogLevel.CRITICAL,
}
_OTEL_NUMBERS = frozenset({"severitynumber", "severity_number"})


def read_named_values(values: Mapping[str, Any], context: Context) -> ParsedLine:
    """The record that ``values`` are; what has no place of its own becomes metadata.

    The message is empty where no value is one.
    """
    parsed = ParsedLine("")
    metadata: dict[str, Any] = dict(values)
    candidates: dict[str, list[tuple[int, str, Any]]] = {}
    for key, value in _flattened(values):
        role = ROLES.get(key) or ROLES.get(key.lower())
        if role is not None and value is not None and value != "":
            candidates.setdefault(role[0], []).append((role[1], key, value))
    for role_name, found in candidates.items():
        for _, key, value in sorted(found, key=lambda each: each[0]):
            if _TAKE[role_name](parsed, key.lower(), value, context):
                _remove(metadata, key)
                break
    parsed.metadata = metadata | parsed.metadata
    return parsed


def number_level(key: str, number: int) -> LogLevel | None:
    """The level of a number: OpenTelemetry's by its name, else bunyan's from 10 on, else syslog's."""
    if key in _OTEL_NUMBERS:
        return _otel_level(number)
    return _BUNYAN.get(number // 10 * 10) if number >= 10 else syslog_level(number)


def _otel_level(number: int) -> LogLevel | None:
    if not 1 <= number <= 24:
        return None
    return max((level for level in LogLevel if level <= number), default=LogLevel.DEBUG)


def _flattened(values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in values.items():
        pairs.append((key, value))
        if isinstance(value, dict) and key in _NESTED:
            pairs.extend((f"{key}.{inner}", item) for inner, item in value.items())
    return pairs


def _remove(metadata: dict[str, Any], key: str) -> None:
    if key.lower() in _KEPT:
        return
    if key in metadata:
        del metadata[key]
        return
    outer, _, inner = key.partition(".")
    rest = {name: value for name, value in metadata.get(outer, {}).items() if name != inner}
    if rest:
        metadata[outer] = rest
    else:
        metadata.pop(outer, None)


def _take_instant(parsed: ParsedLine, _: str, value: Any, context: Context) -> bool:
    parsed.instant = read_time(value, context)
    return parsed.instant is not None


def _take_level(parsed: ParsedLine, key: str, value: Any, _: Context) -> bool:
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) <= 3:
            parsed.level = number_level(key, int(text))
        else:
            parsed.level = read_level(text)
            if parsed.level is not None and not is_plain_spelling(text):
                parsed.metadata["severity_text"] = text
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
        parsed.level = number_level(key, value)
    return parsed.level is not None


def _take_message(parsed: ParsedLine, _: str, value: Any, __: Context) -> bool:
    if isinstance(value, dict) and isinstance(value.get("stringValue"), str):
        value = value["stringValue"]
    if (
        isinstance(value, list)
        and value
        and all(type(item) is int and 0 <= item < 256 for item in value)
    ):
        # journald's form of bytes that are not UTF-8.
        value = bytes(value).decode("utf-8", "replace")
    if isinstance(value, str) and value.strip():
        parsed.message = value.strip()
        return True
    return False


def _take_service(parsed: ParsedLine, _: str, value: Any, __: Context) -> bool:
    if not isinstance(value, str) or not value.strip() or len(value) > 256:
        return False
    parsed.service = value.strip()
    return True


def _take_address(parsed: ParsedLine, _: str, value: Any, __: Context) -> bool:
    parsed.source_ip = address(value) if isinstance(value, str) else None
    return parsed.source_ip is not None


def _take_reference(name: str) -> Callable[[ParsedLine, str, Any, Context], bool]:
    def take(parsed: ParsedLine, _: str, value: Any, __: Context) -> bool:
        if not isinstance(value, str | int) or isinstance(value, bool):
            return False
        text = str(value).strip()
        if not text or len(text) > 256:
            return False
        setattr(parsed, name, text)
        return True

    return take


_TAKE: dict[str, Callable[[ParsedLine, str, Any, Context], bool]] = {
    "instant": _take_instant,
    "level": _take_level,
    "message": _take_message,
    "service": _take_service,
    "source_ip": _take_address,
    "correlation_id": _take_reference("correlation_id"),
    "trace_id": _take_reference("trace_id"),
    "span_id": _take_reference("span_id"),
}
