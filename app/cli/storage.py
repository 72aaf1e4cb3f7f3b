"""``logfeed storage``: how much room records take, and how long it lasts."""

import json
from typing import Any

import click

from app.cli.options import client_at, json_option, url_option
from app.cli.tables import Cell, human_bytes, human_count, table

_BY = ("stream", "tier", "service", "day")
_COLOURS = {"hot": "red", "warm": "yellow", "cold": "cyan", "archive": "blue"}
#: Days below which the disks are nearly full, and below which they will be before long.
_FEW_DAYS, _SOME_DAYS = 7, 30


@click.command()
@click.option(
    "--by", type=click.Choice(_BY), default="stream", show_default=True, help="What to group by."
)
@json_option
@url_option
def storage(by: str, as_json: bool, url: str | None) -> None:
    """Show how much room records take on disk, and how long the room will last.

    Growth is the mean of the last 7 full days, replicas included, by when records came. Bytes of a
    service are estimated by its share of the records of each index, and so are those of a day where
    an index holds several. Archives lie in the repository and are not in the total.
    """
    client = client_at(url)
    figures = client.get("/api/v1/storage", {"by": by})["storage"]
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
        return
    groups, total = figures[f"by_{by}"], figures["total"]
    head = [by, "indices", "records", "primaries", "on disk", "grows a day", "oldest", "newest"]
    rows = [_row(one, one["name"]) for one in groups]
    # Of a service and a day the total has no more to tell than the sum: the same indices, all of them.
    rows.append(_row(total, "total"))
    for line in table(head, rows, "<>>>>>><"):
        click.echo(line)
    if any(one["estimated"] for one in groups):
        click.echo(click.style("~ estimated by the share of records of each index", dim=True))
    click.echo(_outlook(figures))


def _row(usage: dict[str, Any], name: str) -> list[str | Cell]:
    sign = "~" if usage["estimated"] else ""
    growth = usage["growth_bytes_per_day"]
    return [
        Cell(name, "white" if name == "total" else _COLOURS.get(name)),
        human_count(usage["indices"]),
        human_count(usage["documents"]),
        sign + human_bytes(usage["primary_bytes"]),
        sign + human_bytes(usage["total_bytes"]),
        "-" if growth is None else sign + human_bytes(growth),
        _minute(usage["oldest"]),
        _minute(usage["newest"]),
    ]


def _minute(time: str | None) -> str:
    return "-" if time is None else time[:16].replace("T", " ")


def _outlook(figures: dict[str, Any]) -> str:
    room = f"{human_bytes(figures['room_bytes'])} can be written before the disks are too full"
    days = figures["days_until_full"]
    if not figures["growth_days"]:
        return f"{room}; growth is not known before there is a full day"
    basis = f"by the mean of {figures['growth_days']} full days, if nothing is deleted"
    if days is None:
        return f"{room}; nothing grows ({basis})"
    colour = "red" if days < _FEW_DAYS else "yellow" if days < _SOME_DAYS else "green"
    return f"{room}: {click.style(f'{days:,.1f} days', fg=colour)} {basis}"
