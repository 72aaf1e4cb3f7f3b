"""The options of ``logfeed import``, and the order in which its files are read."""

import json
from datetime import tzinfo
from pathlib import Path
from typing import Any

import click

from app.cli.importing.opening import Importer
from app.cli.importing.preview import preview
from app.cli.importing.report import Report, as_json
from app.cli.importing.resume import ProgressStore
from app.cli.importing.run import Reading
from app.cli.importing.session import Session
from app.cli.importing.sources import Source
from app.cli.importing.zones import parse_zone
from app.cli.options import client_at, url_option
from app.domain.draft import CONTROL_CHARACTERS
from app.domain.errors import LogfeedError
from app.protocols.lines.formats import format_names
from app.settings import Settings
from app.wiring.clock import system_clock

_INTERRUPTED = 130


def _zone(_: click.Context, __: click.Parameter, value: str) -> tzinfo:
    try:
        return parse_zone(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@url_option
@click.option("--service", help="Service of every record; default: as the lines or file names say.")
@click.option(
    "--format", "format_name", type=click.Choice(format_names()), metavar="NAME",
    help="Format of the lines; default: found from the first of them.",
)  # fmt: skip
@click.option(
    "--timezone", "zone", default="UTC", show_default=True, callback=_zone, metavar="ZONE",
    help="Zone of times that name none: Europe/Berlin, +02:00.",
)  # fmt: skip
@click.option(
    "--year", type=click.IntRange(1970, 2261),
    help="Year of the first time that names none; default: guessed from the age of the file.",
)  # fmt: skip
@click.option("--source", metavar="LABEL", help="Tells files that start alike apart.")
@click.option(
    "--follow", is_flag=True, help="Wait for more lines, through rotations, until Ctrl-C."
)
@click.option("--dry-run", is_flag=True, help="Show what is found; send nothing.")
@click.option(
    "--no-resume", is_flag=True, help="Send everything again; what is stored stays single."
)
@click.option("--json", "as_json_object", is_flag=True, help="Summary as one JSON object.")
@click.option(
    "--batch-size", type=click.IntRange(1, 10_000), default=2_000, show_default=True,
    help="Records of one request.",
)  # fmt: skip
@click.option(
    "--give-up-after", type=click.FloatRange(min=0), metavar="SECONDS",
    help="How long to try again while the API is away; default: 120, with --follow forever.",
)  # fmt: skip
def import_files(
    files: tuple[Path, ...],
    url: str | None,
    service: str | None,
    format_name: str | None,
    zone: tzinfo,
    year: int | None,
    **flags: Any,
) -> None:
    """Read log FILEs of other systems, and send what they say to Logfeed.

    The format of each file is found from its lines; gzip, zstd, bzip2 and xz are understood, and - is
    standard input. A file that is imported again goes on where it ended; nothing is stored twice.

    Exit code 0 only if everything was read and nothing was rejected, otherwise 1, also if the API stayed
    away; 130 if it was interrupted.
    """
    if service is not None and not 1 <= len(service.strip()) <= 256:
        raise click.BadParameter("must have 1 to 256 characters", param_hint="--service")
    if service is not None and CONTROL_CHARACTERS.search(service):
        raise click.BadParameter("must not hold control characters", param_hint="--service")
    reading = Reading(service, format_name, zone, year, flags["batch_size"])
    if flags["dry_run"]:
        _dry_run(files, reading, as_json_object=flags["as_json_object"])
        return
    settings = Settings.from_env()
    client = client_at(url)
    store = ProgressStore(settings.data_dir / "import", client.url)
    patience = flags["give_up_after"]
    if patience is None and not flags["follow"]:
        patience = 120.0
    with Session(client, patience) as session:
        importer = Importer(
            reading, session.delivery, store, system_clock, flags["source"], not flags["no_resume"]
        )
        paths = [_path(path) for path in files]
        reports = (
            session.follow(paths, importer) if flags["follow"] else session.read(paths, importer)
        )
    _finish(reports, session, as_json_object=flags["as_json_object"])


def _path(path: Path) -> Path | None:
    return None if str(path) == "-" else path


def _finish(reports: list[Report], session: Session, *, as_json_object: bool) -> None:
    if as_json_object:
        click.echo(json.dumps(as_json(reports), ensure_ascii=False))
    else:
        for report in reports:
            report.show()
    if session.was_interrupted and not session.was_following:
        click.echo("interrupted; run the same command again to go on", err=True)
        raise SystemExit(_INTERRUPTED)
    if not all(report.is_good for report in reports):
        raise SystemExit(1)


def _dry_run(files: tuple[Path, ...], reading: Reading, *, as_json_object: bool) -> None:
    shown = []
    failed: list[str] = []
    for path in files:
        try:
            source = Source(_path(path))
            try:
                shown.append(preview(source, reading, system_clock))
            finally:
                source.close()
        except LogfeedError as error:
            failed.append(str(error))
    if as_json_object:
        found = {"files": [each.as_json() for each in shown], "errors": failed}
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for each in shown:
            each.show()
        for error_text in failed:
            click.echo(error_text, err=True)
    if failed:
        raise SystemExit(1)
