"""The options of commands that find records, and what they are for the API."""

import re
from collections.abc import Callable, Mapping

import click


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """WORDS and the options that narrow down; ``query_parameters`` reads them."""
    narrowing = [
        click.argument("words", nargs=-1),
        click.option(
            "-q",
            "--query",
            "q",
            metavar="QUERY",
            help="A query, e.g. 'level:>=WARNING service:user-* -health metadata.status:>=500'.",
        ),
        click.option("--service", help="Exactly this service."),
        click.option("--level", help="Exactly this level."),
        click.option("--min-level", help="This level or a more severe one."),
        click.option(
            "--since",
            metavar="TIME",
            help="Not before, e.g. 15m, 2h, 2026-11-24 (UTC), 2026-11-24T10:00:00Z.",
        ),
        click.option("--until", metavar="TIME", help="Not after; as --since."),
        click.option("--correlation-id", help="Exactly this correlation id."),
        click.option("--trace-id", help="Exactly this trace id."),
        click.option("--source-ip", help="An address or a CIDR block."),
    ]
    for option in reversed(narrowing):
        command = option(command)
    return command


def query_parameters(
    words: tuple[str, ...], since: str | None, until: str | None, exact: Mapping[str, str | None]
) -> dict[str, str]:
    """The same as parameters of the API."""
    parameters = {name: value for name, value in exact.items() if value}
    if words:
        parameters["keyword"] = " ".join(words)
    if since:
        parameters["start_time"] = _time(since)
    if until:
        parameters["end_time"] = _time(until)
    return parameters


def _time(text: str) -> str:
    """A time as the API reads it; ``15m`` means so long ago."""
    return f"now-{text}" if re.fullmatch(r"\d+(ms|s|m|h|d|w)", text) else text
