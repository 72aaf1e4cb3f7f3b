"""``logfeed serve``: the API alone, in several processes, over a cluster that runs already."""

import contextlib
import os
import resource
import shutil

import click

from app import own_log
from app.engine.preflight import check_port
from app.settings import Settings
from app.wiring.policies import policies_of


@click.command()
def serve() -> None:
    """Serve the API; Elasticsearch must run already (`logfeed up` starts both).

    SIGTERM and Ctrl-C let requests that are under way finish, for at most 15 seconds, and ship what
    waits to Elasticsearch, for at most 10; the next start ships the rest.
    """
    settings = Settings.from_env()
    policies_of(settings)  # a mistake in there is told here, not by a worker that cannot start
    check_port(settings.host, settings.port, "LOGFEED_PORT")
    own_log.configure(settings.log_level)
    _allow_files()
    _share_metrics(settings)
    # Imported late: the metrics library looks for its folder when it is imported.
    from app.cli.wsgi_server import WsgiServer  # noqa: PLC0415

    WsgiServer(settings).run()


def _allow_files() -> None:
    """Take as many open files as the machine's owner allows, as each connection is one.

    The usual 1,024 are meant for programs that wait with select(); a thousand clients would use them
    up, and the write-ahead log could open no file any more.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _share_metrics(settings: Settings) -> None:
    """Give the worker processes a folder in which their counters meet, empty at each start."""
    folder = settings.data_dir / "run" / f"metrics-{settings.port}"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(
            f"{folder} cannot be made ({error.strerror}): set LOGFEED_DATA_DIR to a folder "
            "that you may write"
        ) from None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # noqa: TID251 -- the library's own switch
