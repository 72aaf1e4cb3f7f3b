"""Severity of a record."""

from enum import IntEnum


class LogLevel(IntEnum):
    """Five ordered levels; each value is the first OpenTelemetry severity number of its range.

    Source: OpenTelemetry logs data model, field SeverityNumber.
    """

    DEBUG = 5
    INFO = 9
    WARNING = 13
    ERROR = 17
    CRITICAL = 21

    @classmethod
    def at_least(cls, minimum: "LogLevel") -> "tuple[LogLevel, ...]":
        """Every level that is as severe as ``minimum`` or more, in rising order."""
        return tuple(level for level in cls if level >= minimum)
