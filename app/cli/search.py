"""``logfeed search``: finds records through the API and prints them for a person or a program."""

import json
import re
from collections.abc import Iterator
from typing import Any

import click

from app.cli.api_client import ApiClient
from app.cli.narrowing import filter_options, query_parameters
from app.domain.query import MAX_LIMIT, RESULT_WINDOW
from app.settings import Settings

_COLOURS = {"DEBUG": "bright_black", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "magenta"}
#: What could move the cursor or colour the terminal of whoever reads a hostile record.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@click.command()
@filter_options
@click.option("--saved", metavar="NAME", help="Also as the saved search NAME asks for.")
@click.option(
    "--limit",
    type=click.IntRange(1, RESULT_WINDOW),
    default=100,
    show_default=True,
    help="Most records to print.",
)
@click.option("--oldest-first", is_flag=True, help="Instead of the newest first.")
@click.option("--metadata", is_flag=True, help="Print metadata after the message.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
@click.option("--url", help="Where the API is; default: LOGFEED_URL, else this machine.")
def search(
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    oldest_first: bool,
    metadata: bool,
    as_json: bool,
    url: str | None,
    **exact: str | None,
) -> None:
    """Find the records whose message has WORDS, next to each other, in any case.

    Exit code 0 if there are any, 1 if there are none.
    """
    parameters = query_parameters(words, since, until, exact)
    parameters["order"] = "asc" if oldest_first else "desc"
    client = ApiClient(url or Settings.from_env().api_url)
    shown, total = 0, 0
    for record, total in _records(client, parameters, limit):  # noqa: B007 -- read after the loop
        shown += 1
        click.echo(json.dumps(record, ensure_ascii=False) if as_json else _line(record, metadata))
    if shown < total:
        click.echo(f"{shown} of {total} records shown; --limit shows more", err=True)
    elif not shown:
        click.echo("no record matches", err=True)
        raise SystemExit(1)


def _records(
    client: ApiClient, parameters: dict[str, str], limit: int
) -> Iterator[tuple[dict[str, Any], int]]:
    """Each record with the number of all that match, page after page."""
    offset = 0
    while offset < limit:
        size = min(limit - offset, MAX_LIMIT)
        page = client.get("/api/v1/logs", {**parameters, "limit": str(size), "offset": str(offset)})
        for record in page["logs"]:
            yield record, page["pagination"]["total"]
        offset += page["count"]
        if page["count"] < size:
            return


def _line(record: dict[str, Any], with_metadata: bool) -> str:
    level = record["level"]
    parts = [
        click.style(record["timestamp"], dim=True),
        click.style(f"{level:8}", fg=_COLOURS.get(level), bold=level == "CRITICAL"),
        click.style(printable(record["service"]), fg="cyan"),
        printable(record["message"]),
    ]
    if with_metadata and record["metadata"]:
        parts.append(click.style(json.dumps(record["metadata"], ensure_ascii=False), dim=True))
    return " ".join(parts)


def printable(text: str) -> str:
    """``text`` with signs of control spelled out, which could move the cursor of a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
