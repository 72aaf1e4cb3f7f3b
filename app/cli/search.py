"""``logfeed search``: finds records through the API and prints them for a person or a program."""

import click

from app.cli.narrowing import filter_options, query_parameters
from app.cli.options import client_at, url_option
from app.cli.query_hints import say_what_may_help
from app.cli.records import RecordPrinter, Total, printing_options, read_records
from app.cli.tail import show_what_comes


@click.command()
@filter_options
@click.option("--saved", metavar="NAME", help="Also as the saved search NAME asks for.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Most records to print.",
)
@click.option("--oldest-first", is_flag=True, help="Instead of the newest first.")
@click.option("-f", "--follow", is_flag=True, help="Then those that come in, until Ctrl-C.")
@printing_options
@url_option
def search(
    words: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    oldest_first: bool,
    follow: bool,
    printer: RecordPrinter,
    url: str | None,
    **exact: str | None,
) -> None:
    """Find the records whose message has WORDS, next to each other, in any case.

    WORDS are text, as for grep; a query such as level:ERROR stands behind -q.

    Exit code 0 if there are any, 1 if there are none, 2 if that could not be found out.
    """
    parameters = query_parameters(words, since, until, exact)
    client = client_at(url)
    if follow:
        show_what_comes(client, parameters, printer, limit)
        return
    parameters["order"] = "asc" if oldest_first else "desc"
    shown, total = 0, Total(0)
    for record, total in read_records(client, parameters, limit):  # noqa: B007 -- read after the loop
        shown += 1
        printer.show(record)
    if shown < total.value:
        click.echo(f"{shown} of {total} records shown; --limit shows more", err=True)
    elif not shown:
        click.echo("no record matches", err=True)
        say_what_may_help(parameters)
        raise SystemExit(1)
