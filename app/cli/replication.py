"""``logfeed replication``: how the regions are kept in step, promotion, and comparison."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import click

from app import own_log
from app.cli.options import json_option
from app.cli.records import printable
from app.protocols.replication import dump_report
from app.services.replication.promotion import Prospect
from app.settings import Settings
from app.wiring.replication import ReplicationSystem, create_replication


@click.group()
def replication() -> None:
    """The regions: status, promotion of this one, comparison with the others.

    These commands ask the clusters themselves, by the settings of this region; the API need not run.
    """


@replication.command()
@json_option
def status(as_json: bool) -> None:
    """Show who is the master, and how far this region is behind its peers.

    Exit code 1 if replication from a peer does not go on.
    """
    with _system() as system:
        shown = dump_report(system.report())
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
    else:
        for line in _lines(shown):
            click.echo(line)
    if any(peer["trouble"] for peer in shown["peers"]):
        raise SystemExit(1)


@replication.command()
@click.option("--force", is_flag=True, help="Do not ask, whatever is missing.")
def promote(force: bool) -> None:
    """Make this region the master.

    Copies first what the present master still has more. If not all of it can be copied, it says how many
    records are missing and asks. A master that comes back later follows this region, and what it has
    more is copied here then. Exit code 1 if the answer is no.
    """
    with _system() as system:
        prospect = system.promotion.look()
        if not prospect.is_safe and not force:
            click.confirm(f"{_warning(prospect)} Promote {system.regions.own}?", abort=True)
        role = system.promotion.promote(prospect.role)
    click.echo(f"{role.master} is the master, in term {role.term}")


@replication.command()
@json_option
def repair(as_json: bool) -> None:
    """Compare all records with those of the peers now, and copy what is missing.

    A follower copies in both directions, any other region what is missing here. Exit code 1 if a peer
    could not be compared with.
    """
    with _system() as system:
        done = system.repair()
    if as_json:
        click.echo(json.dumps(done, ensure_ascii=False))
    else:
        for peer, result in done.items():
            text = f"{result} records copied" if isinstance(result, int) else printable(result)
            click.echo(f"{peer}: {text}")
    if any(isinstance(result, str) for result in done.values()):
        raise SystemExit(1)


@contextlib.contextmanager
def _system() -> Iterator[ReplicationSystem]:
    settings = Settings.from_env()
    # To stderr: what these commands say on stdout is for programs, too.
    own_log.configure("ERROR")
    with contextlib.closing(create_replication(settings)) as system:
        yield system


def _warning(prospect: Prospect) -> str:
    master = prospect.role.master
    if prospect.last is None:
        return f"{prospect.missing} records of {master} are not here yet."
    if not prospect.last.noted_at:
        return f"{master} cannot be asked ({prospect.trouble}), and was never heard of here."
    return (
        f"{master} cannot be asked ({prospect.trouble}). When it last answered {prospect.missing} of "
        f"its records were missing here; those of the last {prospect.last.lag.seconds:.0f} seconds may "
        "be missing, too."
    )


def _lines(report: dict[str, Any]) -> Iterator[str]:
    head = f"{report['region']}: {report['kind']}"
    if "master" in report:
        role = "the master" if report["is_master"] else f"follows {report['master']}"
        head += f", {role}, term {report['term']}"
    yield head
    for peer in report["peers"]:
        if peer["is_pulled"]:
            text = f"{peer['lag_records']} records and {peer['lag_seconds']:g} seconds behind"
        else:
            text = "not copied from"
        if peer["trouble"]:
            text += f"; {printable(peer['trouble'])}"
        yield f"  {peer['region']}: {text}"
