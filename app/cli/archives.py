"""``logfeed archives`` and ``logfeed restore``: what lies in the archive, and how it comes back."""

import json
from contextlib import closing

import click

from app.cli.tables import human_bytes, human_count, minute, table
from app.domain.instants import NANOS_PER_DAY, format_instant
from app.settings import Settings
from app.wiring.lifecycle import create_lifecycle


@click.command()
@click.option("--stream", help="Only those of this stream.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def archives(stream: str | None, as_json: bool) -> None:
    """List what lies in the archive, with STREAM and PERIOD as `logfeed restore` takes them.

    Exit code 0 if there is any, 1 if there is none.
    """
    with closing(create_lifecycle(Settings.from_env())) as lifecycle:
        facts = lifecycle.admin.facts()
    found = [one for one in facts.archives if stream in (None, one.partition.stream)]
    found.sort(key=lambda one: (one.partition, one.snapshot))
    restored = {
        index.archived_as: index.restored_until
        for index in facts.indices
        if index.restored_until is not None
    }
    if not found:
        click.echo("there is no archive", err=True)
        raise SystemExit(1)
    if as_json:
        for one in found:
            until = restored.get(one.snapshot)
            shown = {
                "snapshot": one.snapshot,
                "stream": one.partition.stream,
                "period": one.partition.period,
                "documents": one.documents,
                "bytes": one.bytes,
                "taken_at": format_instant(one.taken_at),
                "restored_until": None if until is None else format_instant(until),
            }
            click.echo(json.dumps(shown))
        return
    head = [
        "stream",
        "period",
        "records",
        "in the archive",
        "archived",
        "searchable until",
        "snapshot",
    ]
    rows = [
        [
            one.partition.stream,
            one.partition.period,
            human_count(one.documents),
            human_bytes(one.bytes),
            minute(one.taken_at),
            minute(restored.get(one.snapshot)),
            one.snapshot,
        ]
        for one in found
    ]
    for line in table(head, rows, "<<>>>><"):
        click.echo(line)


@click.command()
@click.argument("stream")
@click.argument("period")
@click.option(
    "--days",
    type=click.IntRange(1, 3_650),
    default=7,
    show_default=True,
    help="How long it is to be searchable.",
)
def restore(stream: str, period: str, days: int) -> None:
    """Make an archived PERIOD of a STREAM searchable again, such as `default 2026.11.24`.

    It is deleted from the disk afterwards; the archive stays. Run again, it counts from now.

    Exit code 1 if there is no such archive.
    """
    with closing(create_lifecycle(Settings.from_env())) as lifecycle:
        facts = lifecycle.admin.facts()
        wanted = [
            one
            for one in facts.archives
            if (one.partition.stream, one.partition.period) == (stream, period)
        ]
        if not wanted:
            click.echo(
                f"there is no archive of {stream} {period}: `logfeed archives` lists what there is",
                err=True,
            )
            raise SystemExit(1)
        until = lifecycle.clock() + days * NANOS_PER_DAY
        for one in wanted:
            lifecycle.admin.restore(one.snapshot, until)
            click.echo(
                f"{human_count(one.documents)} records of {stream} {period} are searchable until "
                f"{minute(until)} UTC"
            )
