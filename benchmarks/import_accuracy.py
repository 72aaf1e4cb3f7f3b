# ruff: noqa: INP001 - a script, not a package
"""How well ``logfeed import`` reads the eight public log files of loghub.

Each file has a reference of its own here, strict and written by hand, which shares no code with the
import: it knows the layout of that one file and fails on a line that differs. Compared are the
instant and the level of every line. With it, how many lines are parsed in a second of one core's time.

    python -m benchmarks.import_accuracy [FOLDER]

Exit code 0 only if every file reaches 99 %.
"""

import sys
import time
from calendar import timegm
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.cli.importing.run import Interpretation, Reading, interpret
from app.protocols.lines.assemble import Assembled, Assembler
from app.protocols.lines.records import to_records

_WANTED = 99.0
#: The files of syslog do not say their year.
_YEAR = 2005
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LEVELS = {
    "INFO": "INFO",
    "WARN": "WARNING",
    "WARNING": "WARNING",
    "ERROR": "ERROR",
    "FATAL": "CRITICAL",
    "DEBUG": "DEBUG",
    "notice": "INFO",
    "error": "ERROR",
    "warn": "WARNING",
}

#: The instant in milliseconds since the epoch, and the level.
Truth = tuple[int, str]


def _milliseconds(date: tuple[int, int, int], clock: str, milliseconds: int = 0) -> int:
    hour, minute, second = (int(part) for part in clock.split(":"))
    return timegm((*date, hour, minute, second)) * 1_000 + milliseconds


def apache(line: str) -> Truth:
    """``[Sun Dec 04 04:47:44 2005] [notice] ...``."""
    stamp, rest = line[1:].split("] [", 1)
    _, month, day, clock, year = stamp.split()
    date = (int(year), _MONTHS.index(month) + 1, int(day))
    return _milliseconds(date, clock), _LEVELS[rest.split("]")[0]]


def hdfs(line: str) -> Truth:
    """``081109 203615 148 INFO ...``."""
    day, clock, _, level, _ = line.split(" ", 4)
    date = (2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    return _milliseconds(date, f"{clock[:2]}:{clock[2:4]}:{clock[4:]}"), _LEVELS[level]


def hadoop(line: str) -> Truth:
    """``2015-10-18 18:01:47,978 INFO [main] ...``."""
    day, clock, level, _ = line.split(" ", 3)
    return _iso(day, clock, ","), _LEVELS[level]


def syslog(line: str) -> Truth:
    """``Jun 14 15:16:01 combo ...``, where no level is stated."""
    month, day, clock, _ = line.split(maxsplit=3)
    return _milliseconds((_YEAR, _MONTHS.index(month) + 1, int(day)), clock), "INFO"


def openstack(line: str) -> Truth:
    """``nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO ...``."""
    _, day, clock, _, level, _ = line.split(" ", 5)
    return _iso(day, clock, "."), _LEVELS[level]


def spark(line: str) -> Truth:
    """``17/06/09 20:10:40 INFO ...``."""
    day, clock, level, _ = line.split(" ", 3)
    year, month, number = (int(part) for part in day.split("/"))
    return _milliseconds((2000 + year, month, number), clock), _LEVELS[level]


def zookeeper(line: str) -> Truth:
    """``2015-07-29 17:41:44,747 - INFO  [...] - ...``."""
    stamp, rest = line.split(" - ", 1)
    day, clock = stamp.split(" ")
    return _iso(day, clock, ","), _LEVELS[rest.split(" ")[0]]


def _iso(day: str, clock: str, mark: str) -> int:
    year, month, number = (int(part) for part in day.split("-"))
    whole, fraction = clock.split(mark)
    return _milliseconds((year, month, number), whole, int(fraction))


REFERENCES: dict[str, Callable[[str], Truth]] = {
    "Apache": apache,
    "HDFS": hdfs,
    "Hadoop": hadoop,
    "Linux": syslog,
    "OpenSSH": syslog,
    "OpenStack": openstack,
    "Spark": spark,
    "Zookeeper": zookeeper,
}


def read(path: Path) -> tuple[str, dict[int, Assembled], dict[int, str], float]:
    """Format, records and levels by number of line, and lines a second."""
    data = path.read_bytes()
    started = time.process_time()
    found, assembler, records = _assembled(path, data)
    levels = {record.line: to_records(record, found.origin)[0]["level"] for record in records}
    seconds = time.process_time() - started
    by_line = {record.line: record for record in records}
    return found.detection.name, by_line, levels, assembler.lines / seconds


def read_records(path: Path) -> list[dict[str, Any]]:
    """The records of a file, as the import sends them."""
    found, _, records = _assembled(path, path.read_bytes())
    return [sent for record in records for sent in to_records(record, found.origin)]


def _assembled(path: Path, data: bytes) -> tuple[Interpretation, Assembler, list[Assembled]]:
    found = interpret(data[:262_144], path.name, "benchmark", 0, Reading(year=_YEAR))
    assembler = Assembler(found.detection, found.context, 0)
    records: list[Assembled] = []
    offset = 0
    for raw in data.split(b"\n"):
        end = offset + len(raw) + 1
        records.extend(assembler.feed(raw, offset, end))
        offset = end
    records.extend(assembler.finish())
    return found, assembler, records


def compare(path: Path, reference: Callable[[str], Truth]) -> tuple[str, int, int, int, float]:
    """Format, lines, lines with the right time and with the right level, and lines a second."""
    name, records, levels, speed = read(path)
    lines = right_times = right_levels = 0
    for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        lines += 1
        instant, level = reference(line.rstrip("\r"))
        record = records.get(number)
        if record is not None:
            right_times += record.parsed.instant == instant * 1_000_000
            right_levels += levels[number] == level
    return name, lines, right_times, right_levels, speed


def main() -> int:
    """Print a line for each file."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/loghub")
    click.echo(f"{'file':<12}{'format':<14}{'lines':>6}{'time':>10}{'level':>10}{'lines/s':>10}")
    worst = 100.0
    for system, reference in REFERENCES.items():
        path = folder / f"{system}_2k.log"
        name, lines, times, levels, speed = compare(path, reference)
        time_share, level_share = 100 * times / lines, 100 * levels / lines
        worst = min(worst, time_share, level_share)
        click.echo(
            f"{system:<12}{name:<14}{lines:>6}{time_share:>9.2f}%{level_share:>9.2f}%{speed:>10,.0f}"
        )
    return 0 if worst >= _WANTED else 1


if __name__ == "__main__":
    raise SystemExit(main())
