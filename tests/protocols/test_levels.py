"""Severities as other software spells them."""

from typing import Any

import pytest

from app.domain.levels import LogLevel
from app.protocols.levels import USUAL_SPELLINGS, parse_level, syslog_level

SPELLINGS = {
    LogLevel.DEBUG: "debug dbg d trace t verbose v finest finer fine 7",
    LogLevel.INFO: "info information informational notice log success config i n 5 6",
    LogLevel.WARNING: "warning warn wrn w 4",
    LogLevel.ERROR: "error err severe eror e failure 3",
    LogLevel.CRITICAL: "critical crit fatal alert emerg emergency panic f c dpanic 0 1 2",
}
TABLE = [(text, level) for level, texts in SPELLINGS.items() for text in texts.split()]


@pytest.mark.parametrize(("text", "level"), TABLE)
def test_every_usual_spelling_is_understood_in_any_case(text: str, level: LogLevel) -> None:
    assert parse_level(text) is level
    assert parse_level(text.upper()) is level
    assert parse_level(f" {text.capitalize()}\t") is level


@pytest.mark.parametrize("level", LogLevel)
def test_a_level_is_a_spelling_of_itself(level: LogLevel) -> None:
    assert parse_level(level) is level
    assert parse_level(level.name) is level


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (0, LogLevel.CRITICAL),
        (1, LogLevel.CRITICAL),
        (2, LogLevel.CRITICAL),
        (3, LogLevel.ERROR),
        (4, LogLevel.WARNING),
        (5, LogLevel.INFO),
        (6, LogLevel.INFO),
        (7, LogLevel.DEBUG),
        (8, None),
        (-1, None),
    ],
)
def test_a_number_is_a_syslog_severity(severity: int, level: LogLevel | None) -> None:
    assert parse_level(severity) is level
    assert syslog_level(severity) is level


@pytest.mark.parametrize(
    "value",
    [
        *["", " ", "warnings", "err or", "8", "9", "17", "-1", "03", "3.0", "\u0663", "²", "İnfo"],
        *[None, True, False, 3.0, [], {}, b"error", 10**30],
    ],
    ids=repr,
)
def test_what_spells_no_level_is_none(value: Any) -> None:
    assert parse_level(value) is None


@pytest.mark.parametrize("spelling", USUAL_SPELLINGS, ids=repr)
def test_a_usual_spelling_is_one_of_those(spelling: str | int) -> None:
    assert parse_level(spelling) is USUAL_SPELLINGS[spelling]
