"""The command line: ``logfeed COMMAND`` and, the same, ``python -m app COMMAND``."""

from importlib import import_module
from typing import cast

import click

from app.domain.errors import LogfeedError

#: Command -> where it lives; loaded when called, so that no command pays for another's imports.
_COMMANDS = {
    "up": "app.cli.up:up",
    "serve": "app.cli.serve:serve",
    "consume": "app.cli.consume:consume",
    "scheduler": "app.cli.scheduler:scheduler",
    "replicate": "app.cli.replicate:replicate",
    "replication": "app.cli.replication:replication",
    "import": "app.cli.importing:import_files",
    "search": "app.cli.search:search",
    "tail": "app.cli.tail:tail",
    "stats": "app.cli.stats:stats",
    "export": "app.cli.export:export",
    "storage": "app.cli.storage:storage",
    "searches": "app.cli.searches:searches",
    "dead-letters": "app.cli.dead_letters:dead_letters",
    "retention": "app.cli.retention:retention",
    "archives": "app.cli.archives:archives",
    "restore": "app.cli.archives:restore",
    "doctor": "app.cli.doctor:doctor",
    "demo": "app.cli.demo:demo",
    "completion": "app.cli.completion:completion",
}
#: As grep has it: 1 is left for "nothing found", so that a script can tell the two apart.
_FAILED = 2


class _Failure(click.ClickException):
    """The command could not do its work."""

    exit_code = _FAILED


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if error.exit_code == _FAILED:
                raise  # with its usage
            raise _Failure(error.format_message()) from error
        except LogfeedError as error:
            raise _Failure(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="logfeed")
def main() -> None:
    """Logfeed keeps logs: they come in over HTTP, lie in Elasticsearch, and are found again.

    A command ends with 2 where it cannot do its work: a mistake in the command line, an API that is
    away. What 1 means, its own help says.
    """
