"""The spellings of a severity that other software uses, read at the doors.

Sources: RFC 5424 section 6.2.1 (syslog severities), the OpenTelemetry logs data model (appendix B),
and the level names of the common logging libraries.
"""

from app.domain.levels import LogLevel

_BY_NAME: dict[str, LogLevel] = {
    name: level
    for level, names in {
        LogLevel.DEBUG: "debug dbg d trace t verbose v finest finer fine",
        LogLevel.INFO: "info information informational notice log success config i n",
        LogLevel.WARNING: "warning warn wrn w",
        LogLevel.ERROR: "error err severe eror e failure",
        LogLevel.CRITICAL: "critical crit fatal alert emerg emergency panic f c dpanic",
    }.items()
    for name in names.split()
}

_BY_SYSLOG_NUMBER = (
    LogLevel.CRITICAL,  # 0 emergency
    LogLevel.CRITICAL,  # 1 alert
    LogLevel.CRITICAL,  # 2 critical
    LogLevel.ERROR,
    LogLevel.WARNING,
    LogLevel.INFO,  # 5 notice
    LogLevel.INFO,
    LogLevel.DEBUG,
)

#: Every level under its spellings in one case and under its syslog numbers: for most records the answer
#: of ``parse_level`` in one look-up.
USUAL_SPELLINGS: dict[str | int, LogLevel] = {
    **{spell(name): level for name, level in _BY_NAME.items() for spell in (str.lower, str.upper)},
    **{name.capitalize(): level for name, level in _BY_NAME.items()},
    **dict(enumerate(_BY_SYSLOG_NUMBER)),
}

#: What an error message offers; the other spellings are accepted as well.
ALLOWED = "DEBUG, INFO, WARNING, ERROR, CRITICAL (or a usual spelling, or a syslog number 0 to 7)"


def parse_level(value: object) -> LogLevel | None:
    """The level that ``value`` spells, in any case, or None if it spells none.

    Numbers (and digits in text) are syslog severities, 0 (emergency) to 7 (debug).
    """
    if isinstance(value, LogLevel):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return syslog_level(value)
    if not isinstance(value, str):
        return None
    name = value.strip().lower()
    if len(name) == 1 and name.isascii() and name.isdigit():
        return syslog_level(int(name))
    return _BY_NAME.get(name)


def syslog_level(severity: int) -> LogLevel | None:
    """The level of a syslog severity (RFC 5424), None outside 0 to 7."""
    return _BY_SYSLOG_NUMBER[severity] if 0 <= severity <= 7 else None
