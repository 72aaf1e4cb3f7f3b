"""What is asked for by name and is not there: exit code 1, as of a search that finds nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from app.cli.api_client import NotThereError


@contextmanager
def ending_with_1_if_not_there() -> Iterator[None]:
    """Say what the API says of it.

    Raises:
        SystemExit: with 1, there is nothing of that name.
    """
    try:
        yield
    except NotThereError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
