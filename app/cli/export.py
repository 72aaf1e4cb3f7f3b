"""``logfeed export``: all records that match, to a file or to stdout."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.downloading import Download, Part
from app.cli.narrowing import filter_options, query_parameters
from app.cli.options import api_at, url_option
from app.cli.query_hints import say_what_may_help
from app.domain.errors import InvalidQueryError
from app.domain.raw_records import RawRecord
from app.protocols.csv_export import CsvLines
from app.protocols.export import parse_fields

_decode = msgspec.json.Decoder(RawRecord).decode


@click.command()
@filter_options
@click.option("--saved", metavar="NAME", help="Also as the saved search NAME asks for.")
@click.option("--oldest-first", is_flag=True, help="Instead of the newest first.")
@click.option(
    "--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True
)
@click.option(
    "--fields", default="", help="Columns of CSV, by commas, e.g. timestamp,metadata.user."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: stdout."
)
@click.option("--gzip", "packed", is_flag=True, help="Pack what is written.")
@click.option(
    "--tries",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="How often in a row the connection may break before anything has come.",
)
@url_option
def export(  # noqa: PLR0913, PLR0917 - the options
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    oldest_first: bool,
    form: str,
    fields: str,
    output: Path | None,
    packed: bool,
    tries: int,
    url: str | None,
    **exact: str | None,
) -> None:
    """Write all records that match, WORDS next to each other in the message, in any case.

    WORDS are text, as for grep; a query such as level:ERROR stands behind -q.

    A connection that breaks is taken up again. A file is named NAME.part until it is whole.

    Exit code 0 if all were written, also if there are none; 2 if not.
    """
    if fields and form != "csv":
        raise click.UsageError("--fields is for --format csv")
    try:
        columns = parse_fields(fields)
    except InvalidQueryError as error:
        raise click.BadParameter(error.reason, param_hint="--fields") from None
    parameters = query_parameters(words, since, until, exact)
    parameters["order"] = "asc" if oldest_first else "desc"
    download = Download(api_at(url), parameters, tries=tries)
    csv = CsvLines(columns) if form == "csv" else None
    count = 0
    with _written(output, packed) as file, _progress(output) as progress:
        task = progress.add_task("exporting", total=None)
        if csv:
            file.write(csv.header())
        for part in download.parts():
            if csv:
                file.write(csv.lines([_decode(line) for line in part.lines]))
            else:
                file.write(b"\n".join(part.lines) + b"\n")
            count += len(part.lines)
            progress.update(task, completed=count, total=_total(part))
    if not count:
        say_what_may_help(parameters)
    if output:
        again = f", after {download.breaks} broken connections" if download.breaks else ""
        click.echo(f"{count} records written to {output}{again}", err=True)


def _total(part: Part) -> int | None:
    return int(part.total) if part.total.isdigit() else None


@contextmanager
def _written(output: Path | None, packed: bool) -> Iterator[IO[bytes]]:
    """What is to be written to; a file gets its name when all of it is there."""
    if output is None:
        with _packing(sys.stdout.buffer, packed) as file:
            yield file
        sys.stdout.buffer.flush()
        return
    unfinished = output.with_name(f"{output.name}.part")
    try:
        plain = unfinished.open("wb")
    except OSError as error:
        raise click.FileError(str(unfinished), error.strerror) from None
    with plain, _packing(plain, packed) as file:
        yield file
    unfinished.replace(output)


@contextmanager
def _packing(file: IO[bytes], packed: bool) -> Iterator[IO[bytes]]:
    if not packed:
        yield file
        return
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as packing:
        yield packing  # type: ignore[misc]  # all of IO that is used


def _progress(output: Path | None) -> Progress:
    """On a terminal, unless the records go there."""
    console = Console(stderr=True)
    is_shown = console.is_terminal and (output is not None or not sys.stdout.isatty())
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not is_shown,
    )
