"""Figures as people read them: aligned columns, human units."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from app.cli.records import printable
from app.domain.instants import ns_to_datetime

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True)
class Cell:
    """A cell with a colour; plain texts do as well."""

    text: str
    colour: str | None = None


def table(head: Sequence[str], rows: Sequence[Sequence[str | Cell]], right: str) -> list[str]:
    """Lines of aligned columns.

    Args:
        right: a sign for each column, ``>`` for those whose texts stand at the right.
    """
    cells = [[it if isinstance(it, Cell) else Cell(it) for it in row] for row in rows]
    shown = [[Cell(name, "bright_black") for name in head], *cells]
    widths = [max(len(row[at].text) for row in shown) for at in range(len(head))]
    return ["  ".join(_padded(row, widths, right)).rstrip() for row in shown]


def _padded(row: Sequence[Cell], widths: Sequence[int], right: str) -> list[str]:
    padded = []
    for at, cell in enumerate(row):
        text = printable(cell.text)
        is_last = at == len(row) - 1
        if right[at] == ">":
            text = text.rjust(widths[at])
        elif not is_last:
            text = text.ljust(widths[at])
        padded.append(click.style(text, fg=cell.colour) if cell.colour else text)
    return padded


def human_bytes(number: float | None) -> str:
    """``1.5 GB``, in powers of 1,024; a dash for what is not known."""
    if number is None:
        return "-"
    size, unit = float(number), 0
    while round(size, 1) >= 1_024 and unit < len(_UNITS) - 1:
        size, unit = size / 1_024, unit + 1
    return f"{size:.0f} B" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def human_count(number: float | None) -> str:
    """``12,345``; a dash for what is not known."""
    return "-" if number is None else f"{number:,.0f}"


def minute(instant: int | None) -> str:
    """The minute of an instant, in UTC; a dash if there is none."""
    return "-" if instant is None else ns_to_datetime(instant).strftime("%Y-%m-%d %H:%M")
