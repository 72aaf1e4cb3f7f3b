"""Records on a terminal: how they are read through the API, and how they are printed."""

import functools
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import click

from app.cli.api_client import ApiClient
from app.cli.colours import colour_option
from app.domain.query import MAX_LIMIT

LEVEL_COLOURS = {
    "DEBUG": "bright_black",
    "WARNING": "yellow",
    "ERROR": "red",
    "CRITICAL": "magenta",
}
#: What could move the cursor or colour the terminal of whoever reads a hostile record.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: A longer name of a service is printed as it is, and moves no other line.
_WIDEST_SERVICE = 24


def read_pages(
    client: ApiClient, parameters: Mapping[str, str], limit: int = sys.maxsize
) -> Iterator[dict[str, Any]]:
    """The answers of the API that hold the first ``limit`` records; without a limit, all of them."""
    asked = dict(parameters)
    while limit > 0:
        page = client.get("/api/v1/logs", asked | {"limit": str(min(limit, MAX_LIMIT))})
        yield page
        limit -= page["count"]
        if page["pagination"]["next_cursor"] is None:
            return
        asked["cursor"] = page["pagination"]["next_cursor"]


class Total(NamedTuple):
    """How many records match; at least so many, where they were not all counted."""

    value: int
    is_exact: bool = True

    def __str__(self) -> str:
        """For a person."""
        return f"{self.value}" if self.is_exact else f"at least {self.value}"


def read_records(
    client: ApiClient, parameters: Mapping[str, str], limit: int
) -> Iterator[tuple[dict[str, Any], Total]]:
    """The first ``limit`` records, each with the number of all that match, page after page."""
    for page in read_pages(client, parameters, limit):
        pagination = page["pagination"]
        total = Total(pagination["total"], pagination["total_is_exact"])
        for record in page["logs"]:
            yield record, total


class RecordPrinter:
    """Prints records, a line each.

    Args:
        metadata: print metadata behind the message.
        as_json: print JSON, for programs.

    Attributes:
        shown: how many were printed.
    """

    def __init__(self, *, metadata: bool = False, as_json: bool = False) -> None:
        self._metadata = metadata
        self._as_json = as_json
        self._width = 0
        self.shown = 0

    def show(self, record: Mapping[str, Any]) -> None:
        """Print ``record``."""
        self.shown += 1
        click.echo(json.dumps(record, ensure_ascii=False) if self._as_json else self._line(record))

    def _line(self, record: Mapping[str, Any]) -> str:
        level, service = record["level"], printable(record["service"])
        # Nobody knows the names that follow: the column grows with those that came.
        self._width = max(self._width, min(len(service), _WIDEST_SERVICE))
        parts = [
            click.style(record["timestamp"], dim=True),
            click.style(f"{level:8}", fg=LEVEL_COLOURS.get(level), bold=level == "CRITICAL"),
            click.style(f"{service:{self._width}}", fg="cyan"),
            printable(record["message"]),
        ]
        if self._metadata and record["metadata"]:
            text = json.dumps(record["metadata"], ensure_ascii=False)
            parts.append(click.style(printable(text), dim=True))
        return " ".join(parts)


def printing_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say how records are printed; ``command`` gets a ``printer``."""

    @functools.wraps(command)
    def with_printer(*, metadata: bool, as_json: bool, **options: Any) -> None:
        command(printer=RecordPrinter(metadata=metadata, as_json=as_json), **options)

    options: list[Callable[[Callable[..., None]], Callable[..., None]]] = [
        click.option("--metadata", is_flag=True, help="Print metadata after the message."),
        click.option(
            "--json", "as_json", is_flag=True, help="One JSON object a line, for programs."
        ),
        colour_option,
    ]
    for option in reversed(options):
        with_printer = option(with_printer)
    return with_printer


def printable(text: str) -> str:
    """``text`` with signs of control spelled out, which could move the cursor of a terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
