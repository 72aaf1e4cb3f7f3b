"""The command: ``python -m benchmarks.ingest``."""

import contextlib
import dataclasses
import json
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from app.engine.jars import ELASTICSEARCH_VERSION
from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.settings import Settings
from app.wiring.clock import system_clock
from benchmarks.ingest.cases import CASES, Case
from benchmarks.ingest.compare import warm_up
from benchmarks.ingest.figures import Result
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import BenchmarkError
from benchmarks.ingest.records import records
from benchmarks.ingest.rounds import Bench
from benchmarks.ingest.service import Api
from benchmarks.ingest.table import details, overview

_SEED = 20_261_124


@click.command()
@click.option("--case", "names", default=",".join(CASES), show_default=True, help="Which to run.")
@click.option("--records", "wanted", type=click.IntRange(10_000), help="Records of a round.")
@click.option("--pairs", type=click.IntRange(1), default=5, show_default=True)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(tempfile.gettempdir()) / "logfeed-bench.json",
    help="Where the figures go.",
)
def main(names: str, wanted: int | None, pairs: int, file: Path) -> None:
    """Measure how fast records go in, each case against what a user would run instead.

    Fewer than 5 pairs are for trying out. D and E2 take a fifth of --records, E a hundredth. The
    settings of the service can be set as always, LOGFEED_WORKERS for example.
    """
    chosen = [name.strip().upper() for name in names.split(",")]
    if unknown := [name for name in chosen if name not in CASES]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(CASES)}", param_hint="--case")
    report = Report(Console(stderr=True))
    results: list[Result] = []
    with on_ending_signal(_interrupt):
        for name in chosen:
            report.say(f"case {name}")
            try:
                results.append(_run(CASES[name], wanted, pairs, report))
            except BenchmarkError as error:
                raise click.ClickException(f"case {name} is worth nothing: {error}") from None
            click.echo(f"{details(results[-1])}\n")
            file.write_text(json.dumps(_document(results, pairs), indent=1) + "\n", "utf-8")
    click.echo(overview(results))
    report.say(f"all figures are in {file}")


def _run(case: Case, wanted: int | None, pairs: int, report: Report) -> Result:
    now = system_clock()
    count = case.records if wanted is None else int(wanted * case.share)
    lines = list(records(_SEED, count // 1_000 * 1_000 or count, now))
    size = sum(map(len, lines)) / len(lines)
    report.say(f"{len(lines):,} records a round, {size:.0f} bytes each")
    with _bench(report, lines, now) as bench:
        warm_up(bench)
        return case.run(bench, pairs)


@contextlib.contextmanager
def _bench(report: Report, lines: Sequence[bytes], now: int) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="logfeed-bench-") as name, contextlib.ExitStack() as up:
        folder = Path(name)
        node = Node(folder / "node", report)
        up.callback(node.stop)
        (folder / "service").mkdir()
        api = Api(folder / "service", node.url)
        up.callback(api.running.stop)
        yield Bench(node, api, folder, report, lines, now)


def _document(results: Sequence[Result], pairs: int) -> dict[str, Any]:
    settings, usual = Settings.from_env(), Settings()
    changed = {
        one.name: getattr(settings, one.name)
        for one in dataclasses.fields(Settings)
        if one.repr and getattr(settings, one.name) != getattr(usual, one.name)
    }
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "elasticsearch": ELASTICSEARCH_VERSION,
        "settings": {name: str(value) for name, value in changed.items()},
        "pairs": pairs,
        "cases": [dataclasses.asdict(result) for result in results],
    }


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
