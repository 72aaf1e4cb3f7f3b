# ruff: noqa: INP001 - a script, not a package
"""Bytes stored per record, hot and warm, against the raw JSON, and what reading then costs.

    python -m benchmarks.storage [--variant shipped,sorted] [--records N] [--logs FOLDER] [--json FILE]

One real node. Each way to store goes the way of an index: records in by ``_bulk create``, a flush,
the merges that come by themselves (hot); then closed for writing, cloned with best_compression, merged
to one segment (warm), as the lifecycle does. Of both: bytes, the time to fetch 100 hits, and whether
every field of 1,000 records comes back as it was sent. Bytes repeat to some 2 %; times are rough.
"""

import dataclasses
import json
import tempfile
from pathlib import Path

import click
import orjson
from rich.console import Console

from app.engine.jars import ELASTICSEARCH_VERSION
from app.engine.report import Report
from app.engine.signals import on_ending_signal
from app.wiring.clock import system_clock
from benchmarks.import_accuracy import REFERENCES, read_records
from benchmarks.ingest.node import Node
from benchmarks.ingest.processes import BenchmarkError
from benchmarks.ingest.records import records
from benchmarks.mapping_variants import Variant
from benchmarks.storage_bench import Bench, Corpus, Figures
from benchmarks.storage_variants import STORAGE_VARIANTS

_SEED = 20_261_124
#: What must be reached once an index is warm.
_AIM = 0.30


def made(count: int) -> Corpus:
    """The records of the ingest benchmark."""
    return Corpus(list(records(_SEED, count, system_clock())))


def real(folder: Path, count: int) -> Corpus:
    """The lines of the public log files in ``folder`` as the import reads them."""
    sent = [
        orjson.dumps(record)
        for system in REFERENCES
        if (path := folder / f"{system}_2k.log").is_file()
        for record in read_records(path)
    ]
    if not sent:
        raise click.BadParameter(f"there is none of the public log files in {folder}")
    return Corpus(sent[:count])


def table(figures: dict[str, tuple[Figures, Figures]], corpus: Corpus) -> str:
    """A line a way to store."""
    reasons = {variant.name: variant.reason for variant in STORAGE_VARIANTS}
    size, packed = corpus.raw_bytes, corpus.gzip_bytes
    both = f"{'hot':>5} {'of JSON':>8} {'page ms':>8}   {'warm':>5} {'of JSON':>8} {'page ms':>8}"
    lines = [
        f"a record of {size:.0f} bytes of JSON; gzip of all {packed:.0f} ({packed / size:.2f})",
        f"{'':22} {both}   comes back changed",
    ]
    for name, (hot, warm) in figures.items():
        lines.append(
            f"{name:22} {_row(hot, corpus)}   {_row(warm, corpus)}   {', '.join(warm.changed) or '-'}"
        )
        lines.append(f"    {reasons[name]}")
    return "\n".join(lines)


def _row(one: Figures, corpus: Corpus) -> str:
    return f"{one.bytes:5.0f} {one.bytes / corpus.raw_bytes:8.2f} {one.page_ms:8.1f}"


def _chosen(names: str) -> list[Variant]:
    known = {variant.name: variant for variant in STORAGE_VARIANTS}
    wanted = [name.strip() for name in names.split(",")] if names else list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise click.BadParameter(
            f"{unknown[0]} is none of {', '.join(known)}", param_hint="--variant"
        )
    return [known[name] for name in wanted]


@click.command()
@click.option("--variant", "names", default="", help="Which to measure; default: all.")
@click.option("--records", "count", type=click.IntRange(2_000), default=200_000, show_default=True)
@click.option(
    "--logs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of public log files, instead of made records.",
)
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where figures go."
)
def main(names: str, count: int, logs: Path | None, file: Path | None) -> None:
    """Print bytes a record, hot and warm, and the time to read."""
    variants = _chosen(names)
    report = Report(Console(stderr=True))
    corpus = real(logs, count) if logs else made(count)
    figures: dict[str, tuple[Figures, Figures]] = {}
    fields: dict[str, list[tuple[str, float]]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="logfeed-storage-") as folder,
        on_ending_signal(_interrupt),
    ):
        node = Node(Path(folder), report)
        try:
            bench = Bench(node.url, corpus)
            bench.measure(variants[0])  # Java compiles what it runs
            for variant in variants:
                figures[variant.name] = bench.measure(variant)
                fields[variant.name] = bench.by_field()
                report.say(
                    f"{variant.name}: {figures[variant.name][1].bytes:.0f} bytes a record, warm"
                )
        except BenchmarkError as error:
            raise click.ClickException(f"worth nothing: {error}") from None
        finally:
            node.stop()
    click.echo(table(figures, corpus))
    first = variants[0].name
    shares = ", ".join(f"{name} {size:.0f}" for name, size in fields[first] if size >= 1)
    click.echo(f"bytes a record of each field, {first}, warm: {shares}")
    warm = figures[first][1].bytes / corpus.raw_bytes
    click.echo(f"must: warm at most {_AIM:.2f} of the JSON: {warm:.2f}: {_verdict(warm)}")
    if file:
        document = {
            "elasticsearch": ELASTICSEARCH_VERSION,
            "records": corpus.count,
            "raw_bytes": corpus.raw_bytes,
            "gzip_bytes": corpus.gzip_bytes,
            "variants": {
                name: {
                    "hot": dataclasses.asdict(hot),
                    "warm": dataclasses.asdict(cold),
                    "warm_fields": dict(fields[name]),
                }
                for name, (hot, cold) in figures.items()
            },
        }
        file.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def _verdict(warm: float) -> str:
    return "reached" if warm <= _AIM else "MISSED"


def _interrupt() -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
