# ruff: noqa: INP001 - a script, not a package
"""How well messages are grouped, by the templates that people wrote for eight files of loghub.

Grouping accuracy is what the literature measures (Zhu et al., ICSE-SEIP 2019): the share of lines whose
group has exactly the lines of their true template. The same parameters serve all files. Those were
chosen on four of them, every second one by name; the others are held out. With it, how many lines are
grouped in a second of one core's time.

    python -m benchmarks.patterns [FOLDER] [--depth N] [--similarity SHARE] [--json FILE]

Exit code 0 only if the mean over the eight reaches 0.85.
"""

import csv
import json
import re
import time
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from app.services.patterns.miner import DEPTH, SIMILARITY, PatternMiner

_WANTED = 0.85
_ROUNDS = 5

#: What stands before the message in a line of each file; the message is what the group holds.
_LINES = {
    "Apache": r"\[[^\]]*\] \[[^\]]*\] (.*)",
    "HDFS": r"\S+ \S+ \S+ \S+ \S+?: (.*)",
    "Hadoop": r"\S+ \S+ \S+ \[.*?\] \S+?: (.*)",
    "Linux": r"\S+ +\S+ \S+ \S+ .*?(?:\[\d+\])?: (.*)",
    "OpenSSH": r"\S+ +\S+ \S+ \S+ sshd\[\d+\]: (.*)",
    "OpenStack": r"\S+ \S+ \S+ \S+ \S+ \S+ \[.*?\] (.*)",
    "Spark": r"\S+ \S+ \S+ \S+?: (.*)",
    "Zookeeper": r"\S+ \S+ - \S+ +\[.*?@\d+\] - (.*)",
}
_TUNED_ON = ("Apache", "Hadoop", "OpenSSH", "Spark")


@dataclass(frozen=True)
class Figures:
    """Of one file."""

    lines: int
    templates: int
    groups: int
    accuracy: float
    lines_per_second: float


def _read(folder: Path, system: str) -> tuple[list[str], list[str]]:
    """The messages of a file, and the template that each is of.

    The collection's list says only which templates there are. A message is of the template that it
    matches; of several, of the one with the most characters of its own.
    """
    with (folder / f"{system}_2k.log_templates.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = sorted(
        (-len(re.sub(r"<\*>|\s", "", row["EventTemplate"])), row["EventId"], row["EventTemplate"])
        for row in rows
    )
    patterns = [(name, _matcher(template)) for _, name, template in known]
    messages, truth = [], []
    for line in (folder / f"{system}_2k.log").read_text("utf-8").splitlines():
        head = re.fullmatch(_LINES[system], line)
        message = head[1].strip() if head else line
        found = next((name for name, pattern in patterns if pattern.fullmatch(message)), None)
        if found is None:
            raise click.ClickException(f"{system}: no template fits {message!r}")
        messages.append(message)
        truth.append(found)
    return messages, truth


def _matcher(template: str) -> re.Pattern[str]:
    parts = (r"\s+".join(map(re.escape, part.split(" "))) for part in template.strip().split("<*>"))
    return re.compile(".*?".join(part.replace(r"\s+\s+", r"\s+") for part in parts))


def grouping_accuracy(groups: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """The share of places whose group has exactly the places of their true one."""
    found, true = defaultdict(set), defaultdict(set)
    for at, (group, name) in enumerate(zip(groups, truth, strict=True)):
        found[group].add(at)
        true[name].add(at)
    right = sum(len(places) for places in found.values() if true[truth[min(places)]] == places)
    return right / len(truth)


def _measure(folder: Path, system: str, depth: int, similarity: float) -> Figures:
    messages, truth = _read(folder, system)
    seconds, patterns = [], []
    for _ in range(_ROUNDS):
        miner = PatternMiner(depth, similarity)
        started = time.process_time()
        numbers = [miner.group_of(message) for message in messages]
        seconds.append(time.process_time() - started)
        known = miner.patterns()
        patterns = [known[number] for number in numbers]
    return Figures(
        lines=len(messages),
        templates=len(set(truth)),
        groups=len(set(patterns)),
        accuracy=grouping_accuracy(patterns, truth),
        lines_per_second=len(messages) / sorted(seconds)[_ROUNDS // 2],
    )


@click.command()
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="../shared/data/loghub",
)
@click.option("--depth", type=click.IntRange(3), default=DEPTH, show_default=True)
@click.option("--similarity", type=click.FloatRange(0, 1), default=SIMILARITY, show_default=True)
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where figures go."
)
def main(folder: Path, depth: int, similarity: float, file: Path | None) -> None:
    """Print a line for each file of FOLDER, and the means."""
    figures = {system: _measure(folder, system, depth, similarity) for system in _LINES}

    def mean(systems: Sequence[str]) -> float:
        return sum(figures[system].accuracy for system in systems) / len(systems)

    means = {
        "all": mean(list(_LINES)),
        "tuned on": mean(_TUNED_ON),
        "held out": mean([system for system in _LINES if system not in _TUNED_ON]),
    }
    click.echo(f"{'file':<12}{'templates':>10}{'groups':>8}{'accuracy':>10}{'lines/s':>10}")
    for system, one in figures.items():
        mark = "" if system in _TUNED_ON else "  held out"
        click.echo(
            f"{system:<12}{one.templates:>10}{one.groups:>8}{one.accuracy:>10.3f}"
            f"{one.lines_per_second:>10,.0f}{mark}"
        )
    rate = sum(one.lines for one in figures.values()) / sum(
        one.lines / one.lines_per_second for one in figures.values()
    )
    click.echo(f"{'all lines':<40}{rate:>10,.0f}")
    for name, value in means.items():
        click.echo(f"{'mean, ' + name:<30}{value:>10.3f}")
    if file is not None:
        document = {
            "depth": depth,
            "similarity": similarity,
            "accuracy": means,
            "lines_per_second": rate,
            "files": {system: asdict(one) for system, one in figures.items()},
        }
        file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    raise SystemExit(0 if means["all"] >= _WANTED else 1)


if __name__ == "__main__":
    main()
