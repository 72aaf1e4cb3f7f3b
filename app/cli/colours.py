"""Colours: on a terminal, or as ``--colour`` says, for a pager above all."""

from collections.abc import Callable

import click

_WISHES = {"auto": None, "always": True, "never": False}


def _choose(context: click.Context, _: click.Parameter, wish: str) -> str:
    # What click itself asks when it prints.
    context.color = _WISHES[wish]
    return wish


def colour_option(command: Callable[..., None]) -> Callable[..., None]:
    """The option ``--colour``, which needs no more than to be there."""
    return click.option(
        "--colour",
        "--color",
        type=click.Choice(list(_WISHES)),
        default="auto",
        show_default=True,
        expose_value=False,
        callback=_choose,
        help="Colours; `always` for a pager such as less -R.",
    )(command)
