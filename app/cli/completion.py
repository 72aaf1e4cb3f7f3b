"""``logfeed completion``: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes SHELL complete commands and options.

    \b
    bash:  eval "$(logfeed completion bash)"     in ~/.bashrc
    zsh:   eval "$(logfeed completion zsh)"      in ~/.zshrc
    """
    found = get_completion_class(shell)
    if found is None:  # pragma: no cover -- click knows all of them
        raise click.ClickException(f"there is no completion for {shell}")
    script = found(context.find_root().command, {}, "logfeed", "_LOGFEED_COMPLETE").source()
    click.echo(script)
