"""``logfeed tail``: the last records that match, and those that come in."""

import signal
import threading
from collections.abc import Mapping

import click

from app.cli.api_client import ApiClient
from app.cli.following import Follower
from app.cli.narrowing import filter_options, query_parameters
from app.cli.options import client_at, url_option
from app.cli.query_hints import say_what_may_help
from app.cli.records import RecordPrinter, printing_options, read_records

_INTERVAL = 1.0


@click.command()
@filter_options
@click.option("--saved", metavar="NAME", help="Also as the saved search NAME asks for.")
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0, 10_000),
    default=10,
    show_default=True,
    help="Most records to begin with.",
)
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 3_600),
    default=_INTERVAL,
    show_default=True,
    help="Seconds between two looks.",
)
@printing_options
@url_option
def tail(
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    lines: int,
    interval: float,
    printer: RecordPrinter,
    url: str | None,
    **exact: str | None,
) -> None:
    """Show the last records whose message has WORDS, and those that come in, until Ctrl-C.

    WORDS are text, as for grep; a query such as level:ERROR stands behind -q.

    A record is seen a second or two after it came; not one that comes more than 15 seconds behind its
    own time. While the API is away it is waited for, and what came meanwhile is shown then.

    Exit code 0 if there was a record, 1 if there was none, 2 if it could not begin or go on.
    """
    parameters = query_parameters(words, since, until, exact)
    client = client_at(url)
    show_what_comes(client, parameters, printer, lines, interval)


def show_what_comes(
    client: ApiClient,
    parameters: Mapping[str, str],
    printer: RecordPrinter,
    lines: int,
    interval: float = _INTERVAL,
) -> None:
    """Print the last ``lines`` records, then those that come in, until SIGINT or SIGTERM.

    Raises:
        SystemExit: with 1, there was none.
    """
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    follower = Follower(
        client, parameters, printer.show, lambda text: click.echo(text, err=True), stopping
    )
    # Before the last ones are read, so that nothing comes unseen between the two.
    follower.begin()
    newest = dict(parameters) | {"order": "desc"}
    for record in reversed([one for one, _ in read_records(client, newest, lines)]):
        follower.know(record)
        printer.show(record)
    if not printer.shown:
        # Now, as he would wait in vain.
        say_what_may_help(parameters)
    follower.run(interval)
    if not printer.shown:
        raise SystemExit(1)
