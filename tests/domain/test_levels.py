"""Severity: five levels in one order, with OpenTelemetry's numbers."""

import pytest

from app.domain.levels import LogLevel


def test_levels_rise_from_debug_to_critical() -> None:
    rising = sorted(LogLevel)

    assert [level.name for level in rising] == ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


@pytest.mark.parametrize(
    ("level", "number"),
    [
        (LogLevel.DEBUG, 5),
        (LogLevel.INFO, 9),
        (LogLevel.WARNING, 13),
        (LogLevel.ERROR, 17),
        (LogLevel.CRITICAL, 21),
    ],
)
def test_a_level_is_the_first_opentelemetry_number_of_its_range(
    level: LogLevel, number: int
) -> None:
    assert level == number


@pytest.mark.parametrize(
    ("minimum", "names"),
    [
        (LogLevel.DEBUG, ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
        (LogLevel.ERROR, ["ERROR", "CRITICAL"]),
        (LogLevel.CRITICAL, ["CRITICAL"]),
    ],
)
def test_at_least_a_level_includes_the_level_itself(minimum: LogLevel, names: list[str]) -> None:
    assert [level.name for level in LogLevel.at_least(minimum)] == names
