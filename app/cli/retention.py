"""``logfeed retention``: what becomes of records as they age; shown, done, and checked."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from app.cli.options import json_option
from app.cli.plan_view import deletion_question, dump_action, plan_lines, sizes_of
from app.cli.records import printable
from app.cli.tables import minute
from app.domain.instants import format_instant
from app.protocols.times import ALLOWED, parse_query_instant
from app.settings import Settings
from app.wiring.lifecycle import create_lifecycle
from retention.executor import Result
from retention.planner import plan
from retention.policy import PolicyError
from retention.policy_file import read_policies
from retention.units import say_duration

_COLOURS = {"done": "green", "skipped": "bright_black", "failed": "red", "blocked": "yellow"}


@click.group()
def retention() -> None:
    """What becomes of records as they age, by the policies of LOGFEED_POLICIES.

    These commands speak to Elasticsearch themselves, and work while the API is down.
    """


@retention.command("plan")
@click.option(
    "--at",
    "time",
    metavar="TIME",
    help="As if it were that time: 7d means in seven days; or 2026-12-01 (UTC), 2026-12-01T00:00:00Z.",
)
@json_option
def show_plan(time: str | None, as_json: bool) -> None:
    """Show what would be done now, and why; nothing is changed.

    With --at: what would be due at that time, as if nothing were done and nothing came until then.
    What is to be deleted is marked on one run, and deleted on a later one.
    """
    with closing(create_lifecycle(Settings.from_env())) as lifecycle:
        now = lifecycle.clock()
        at = now if time is None else _time(time, now)
        facts = lifecycle.admin.facts()
        # Both clocks are moved: the planner trusts none that is alone.
        seen = replace(facts, clock=facts.clock + at - now)
        actions = plan(lifecycle.policies, seen, at, lifecycle.bounds)
    sizes = sizes_of(facts)
    if as_json:
        shown = {
            "at": format_instant(at),
            "actions": [dump_action(action, sizes) for action in actions],
        }
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    if time is not None:
        click.echo(click.style(f"as if it were {minute(at)} UTC", dim=True))
    for line in plan_lines(actions, sizes):
        click.echo(line)


@retention.command("apply")
@click.option("--force", is_flag=True, help="Do all deletions that are due, however many.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def apply_plan(force: bool, yes: bool, as_json: bool) -> None:
    """Do what the plan shows, now, as the scheduler does by itself.

    On a terminal it asks before it deletes. Every action is written down in the index
    PREFIX-lifecycle.

    Exit code 0 if nothing failed, 1 if something failed or is blocked.
    """
    is_terminal = sys.stdin.isatty()
    if force and not yes and not is_terminal:
        raise click.UsageError(
            "--force deletes without a limit: say --yes where nobody can be asked."
        )
    with closing(create_lifecycle(Settings.from_env())) as lifecycle:
        bounds = replace(lifecycle.bounds, forced=force)
        facts = lifecycle.admin.facts()
        actions = plan(lifecycle.policies, facts, lifecycle.clock(), bounds)
        sizes = sizes_of(facts)
        question = deletion_question(actions, sizes)
        if question and not yes and (is_terminal or force):
            for line in plan_lines(actions, sizes):
                click.echo(line, err=True)
            click.confirm(question, abort=True, err=True)
        results = lifecycle.executor.run(actions, lifecycle.policies, bounds)
    for line in _result_lines(results, as_json=as_json):
        click.echo(line)
    if any(result.outcome in ("failed", "blocked") for result in results):
        raise SystemExit(1)


@retention.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Check a policies FILE, and say what it means; exit code 2 with the line of each mistake."""
    try:
        policies = read_policies(file)
    except PolicyError as error:
        for mistake in error.mistakes:
            click.echo(printable(mistake), err=True)
        raise SystemExit(2) from None
    for name, life in policies.streams.items():
        steps = [
            f"{title} after {say_duration(age)}"
            for title, age in (
                ("warm", life.warm_after),
                ("cold", life.cold_after),
                ("archived", life.archive_after),
                ("deleted", life.delete_after),
            )
            if age is not None
        ]
        if life.delete_after is None:
            steps.append("kept for ever")
        if life.legal_hold:
            steps.append("on legal hold: nothing is deleted")
        click.echo(f"{click.style(name, fg='cyan')}: {', '.join(steps)}")
    click.echo(f"{file.name} can be used", err=True)


def _result_lines(results: Sequence[Result], *, as_json: bool) -> Iterator[str]:
    if not results and not as_json:
        yield "nothing is to be done"
    for result in results:
        action = result.action
        if as_json:
            shown = {
                "kind": str(action.kind),
                "target": action.target,
                "reason": action.reason,
                "outcome": result.outcome,
                "detail": result.detail,
            }
            yield json.dumps(shown, ensure_ascii=False)
            continue
        outcome = click.style(f"{result.outcome:8}", fg=_COLOURS[result.outcome])
        yield f"{outcome} {action.kind:18} {action.target}: {result.detail or action.reason}"


def _time(text: str, now: int) -> int:
    relative = re.sub(r"^\+?(?=\d+(ms|s|m|h|d|w)$)", "now+", text)
    try:
        return parse_query_instant(relative, now)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} must be a distance from now, as 7d, a day (2026-12-01), or {ALLOWED}",
            param_hint="--at",
        ) from None
