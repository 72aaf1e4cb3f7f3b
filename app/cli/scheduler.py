"""``logfeed scheduler``: runs the jobs, shows what they did, and asks for a run."""

import contextlib
import json
import threading
from typing import Any
from urllib.parse import quote

import click

from app import own_log
from app.cli.api_client import ApiClient, ApiError, explain
from app.cli.options import client_at, json_option, url_option
from app.cli.records import printable
from app.engine.signals import on_ending_signal
from app.scheduler.presence import is_present, presence_file
from app.settings import Settings

_PATH = "/api/v1/scheduler"
_POLL_SECONDS = 0.5
_COLOURS = {
    "done": "green",
    "running": "cyan",
    "attention": "yellow",
    "interrupted": "yellow",
    "failed": "red",
}
_HEADINGS = ("JOB", "SCHEDULE", "LAST RUN", "OUTCOME", "NEXT RUN", "WHAT IT DID")


@click.group(invoke_without_command=True)
@click.pass_context
def scheduler(ctx: click.Context) -> None:
    """Run what is to be done at set times, as one of any number; `make up` does so by itself.

    One of all leads and runs the jobs. When it ends another takes over at once, when it is killed or
    silent within 30 seconds (LOGFEED_SCHEDULER_LEASE). SIGTERM and Ctrl-C let a run that is under way
    end, for at most 5 seconds.
    """
    if ctx.invoked_subcommand is None:
        _work()


@scheduler.command()
@json_option
@url_option
def status(as_json: bool, url: str | None) -> None:
    """Show who leads, and every job with its last and next run. Times are UTC.

    Exit code 1 if nobody leads, or a job failed when it was run last.
    """
    found = client_at(url).get(_PATH)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(_leader_line(found["leader"]))
        for line in _table(found["jobs"]):
            click.echo(line)
    if found["leader"] is None or any(job["outcome"] == "failed" for job in found["jobs"]):
        raise SystemExit(1)


@scheduler.command()
@click.argument("name")
@click.option("--wait", is_flag=True, help="Until it has ended.")
@json_option
@url_option
def run(name: str, wait: bool, as_json: bool, url: str | None) -> None:
    """Ask the leader to run the job NAME now.

    Exit code 0 if it was asked; with --wait, 1 if the run fails or is cut off.
    """
    client = client_at(url)
    path = f"{_PATH}/jobs/{quote(name, safe='')}/run"
    status, answer = client.post(path, b"", "application/json")
    if status != 202:
        raise ApiError(explain(status, answer))
    if not wait:
        click.echo(json.dumps(answer) if as_json else answer["message"])
        return
    job = _ended(client, name, answer["request"])
    if as_json:
        click.echo(json.dumps(job, ensure_ascii=False))
    else:
        click.echo(f"{_outcome(job['outcome'], 0)} {printable(job['detail'])}")
    if job["outcome"] not in ("done", "attention"):
        raise SystemExit(1)


@scheduler.command()
def ready() -> None:
    """Say by the exit code whether a scheduler is at work over LOGFEED_DATA_DIR; for health checks.

    0 if one is, leading or following; 1 if none is, or Elasticsearch did not answer since its start.
    """
    if not is_present(presence_file(Settings.from_env().data_dir)):
        click.echo("no scheduler is at work here", err=True)
        raise SystemExit(1)


def _work() -> None:
    settings = Settings.from_env()
    own_log.configure(settings.log_level)
    # Imported late: the commands that only ask the API need none of it.
    from app.wiring.scheduler import create_scheduler  # noqa: PLC0415

    system = create_scheduler(settings)
    stopping = threading.Event()
    with on_ending_signal(stopping.set):
        system.run(stopping)


def _ended(client: ApiClient, name: str, request: str) -> dict[str, Any]:
    """The job as it is when the run of ``request`` has ended."""
    pause = threading.Event()
    while True:
        for job in client.get(_PATH)["jobs"]:
            is_it = job["name"] == name and job["request"] == request
            if is_it and job["outcome"] != "running":
                found: dict[str, Any] = job
                return found
        pause.wait(_POLL_SECONDS)


def _leader_line(leader: dict[str, Any] | None) -> str:
    if leader is None:
        return click.style("nobody leads: start one with `logfeed scheduler`", fg="red")
    name = click.style(printable(leader["instance"]), fg="green")
    return f"led by {name} since {_time(leader['since'])}, term {leader['term']}"


def _table(jobs: list[dict[str, Any]]) -> list[str]:
    """A line a job, the columns under each other."""
    rows = [
        (
            printable(job["name"]),
            printable(job["schedule"]),
            _time(job["started_at"]),
            job["outcome"],
            "asked for" if job["requested"] else _time(job["next_run_at"]),
            printable(" ".join(job["detail"].split())),
        )
        for job in jobs
    ]
    widths = [max(len(row[at]) for row in [_HEADINGS, *rows]) for at in range(len(_HEADINGS) - 1)]
    lines = [click.style(_line(_HEADINGS, widths), dim=True)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        cells[3] = _outcome(row[3], widths[3])
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join([*(c.ljust(w) for c, w in zip(row, widths, strict=False)), row[-1]])


def _outcome(outcome: str, width: int) -> str:
    return click.style(outcome.ljust(width), fg=_COLOURS.get(outcome))


def _time(instant: str | None) -> str:
    """To the second."""
    if instant is None:
        return "-"
    with contextlib.suppress(ValueError):
        return f"{instant[:10]} {instant[11:19]}"
    return instant
