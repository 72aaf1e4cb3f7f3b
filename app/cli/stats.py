"""``logfeed stats``: how many records match, by level and service."""

import json
from typing import Any

import click

from app.cli.colours import colour_option
from app.cli.narrowing import filter_options, query_parameters
from app.cli.options import client_at, json_option, url_option
from app.cli.query_hints import say_what_may_help
from app.cli.records import LEVEL_COLOURS
from app.cli.tables import Cell, human_count, table

_BAR = 30


@click.command()
@filter_options
@click.option("--saved", metavar="NAME", help="Also as the saved search NAME asks for.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="Most services."
)
@json_option
@colour_option
@url_option
def stats(
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    as_json: bool,
    url: str | None,
    **exact: str | None,
) -> None:
    """Count the records whose message has WORDS, by level and by service.

    WORDS are text, as for grep; a query such as level:ERROR stands behind -q.

    Exit code 0 if there are any, 1 if there are none, 2 if that could not be found out.
    """
    client = client_at(url)
    parameters = query_parameters(words, since, until, exact)
    found = client.get("/api/v1/logs/stats", parameters)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    elif found["total"]:
        for line in _lines(found, limit):
            click.echo(line)
    if not found["total"]:
        if not as_json:
            click.echo("no record matches", err=True)
        say_what_may_help(parameters)
        raise SystemExit(1)


def _lines(found: dict[str, Any], limit: int) -> list[str]:
    total = found["total"]
    levels = [(name, count) for name, count in found["by_level"].items() if count]
    services = list(found["by_service"].items())
    lines = [f"{human_count(total)} records from {found['first']} to {found['last']}", ""]
    lines += _shares("level", levels, total)
    lines += ["", *_shares("service", services[:limit], total)]
    if len(services) > limit:
        lines.append(click.style(f"and {len(services) - limit} more; --limit shows them", dim=True))
    return lines


def _shares(head: str, counts: list[tuple[str, int]], total: int) -> list[str]:
    rows: list[list[str | Cell]] = [
        [
            Cell(name, LEVEL_COLOURS.get(name)),
            human_count(count),
            f"{count / total:.1%}",
            "█" * round(_BAR * count / total),
        ]
        for name, count in counts
    ]
    return table([head, "records", "share", ""], rows, "<>><")
