"""``logfeed dead-letters``: what Elasticsearch refused for good, for a person or a program."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import click

from app.cli.api_client import ApiClient, ApiError, explain
from app.cli.list_by_default import ListByDefault
from app.cli.nothing_found import ending_with_1_if_not_there
from app.cli.options import client_at, json_option, url_option
from app.cli.records import printable
from app.domain.dead_letters import MAX_LETTERS

_PATH = "/api/v1/dead-letters"
_COLOURS = {"created": "green", "duplicate": "green", "rejected": "red"}

_service = click.option("--service", help="Only letters of exactly this service.")
_reason = click.option("--reason", help="Only letters whose reason has these words.")


@click.group("dead-letters", cls=ListByDefault)
def dead_letters() -> None:
    """Records that Elasticsearch refused for good: list, show, replay or purge them.

    A record is in here with the reason, and is stored nowhere else. Mend what the reason names, then
    replay. Without a command, the letters are listed.
    """


@dead_letters.command("list")
@_service
@_reason
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Most to print."
)
@json_option
@url_option
def list_letters(
    service: str | None, reason: str | None, limit: int, as_json: bool, url: str | None
) -> None:
    """List letters, those that were refused last first.

    Exit code 0 if there are any, 1 if there are none.
    """
    shown, total = 0, 0
    for letter, total in _letters(client_at(url), _filter(service, reason), limit):  # noqa: B007 -- read after the loop
        shown += 1
        click.echo(json.dumps(letter, ensure_ascii=False) if as_json else _line(letter))
    if shown < total:
        click.echo(f"{shown} of {total} letters shown; --limit shows more", err=True)
    elif not shown:
        _say_none()


@dead_letters.command()
@click.argument("id")
@json_option
@url_option
def show(id: str, as_json: bool, url: str | None) -> None:
    """Show one letter with its record.

    Exit code 1 if there is none of this ID.
    """
    with ending_with_1_if_not_there():
        letter = client_at(url).get(f"{_PATH}/{quote(id, safe='')}")["dead_letter"]
    if as_json:
        click.echo(json.dumps(letter, ensure_ascii=False))
        return
    record = letter.pop("record")
    for name, value in letter.items():
        click.echo(f"{click.style(f'{name}:', dim=True)} {printable(str(value))}")
    click.echo(printable(json.dumps(record, ensure_ascii=False, indent=2)))


@dead_letters.command()
@click.argument("ids", nargs=-1)
@_service
@_reason
@json_option
@url_option
def replay(
    ids: tuple[str, ...], service: str | None, reason: str | None, as_json: bool, url: str | None
) -> None:
    """Try again to store the letters IDS; without IDS, all of them.

    A letter goes when its record is stored, or is found to be stored already. One that is refused
    again stays, with the new reason. It can be run again at any time, and stores nothing twice.

    Exit code 0 if all were stored, 1 if one was not, or there was none.
    """
    narrowing = _filter(service, reason)
    if ids and narrowing:
        raise click.UsageError("IDS cannot be given together with --service or --reason.")
    done, tried = 0, 0
    for result in _replayed(client_at(url), list(ids), narrowing):
        is_stored = result["status"] in ("created", "duplicate")
        done, tried = done + is_stored, tried + 1
        if as_json:
            click.echo(json.dumps(result, ensure_ascii=False))
        elif not is_stored:
            click.echo(_result_line(result))
    if not tried:
        _say_none()
    click.echo(f"{done} of {tried} dead letters replayed", err=True)
    if done < tried:
        raise SystemExit(1)


@dead_letters.command()
@click.argument("ids", nargs=-1)
@_service
@_reason
@click.option("--all", "every", is_flag=True, help="Every letter.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@url_option
def purge(
    ids: tuple[str, ...],
    service: str | None,
    reason: str | None,
    every: bool,
    yes: bool,
    url: str | None,
) -> None:
    """Delete the letters IDS, or those that the options name, and the records in them for good.

    Exit code 0 if any was deleted, 1 if there was none, or the answer is no.
    """
    narrowing = _filter(service, reason)
    if bool(ids) + bool(narrowing) + every != 1:
        raise click.UsageError("Say which: IDS, or --service and --reason, or --all.")
    client = client_at(url)
    if ids:
        gone = sum(client.delete(f"{_PATH}/{quote(name, safe='')}")[0] == 200 for name in ids)
    else:
        total = client.get(_PATH, {**narrowing, "limit": "1"})["pagination"]["total"]
        if total and not yes:
            click.confirm(f"Delete {total} dead letters and their records for good?", abort=True)
        gone = _purged(client, narrowing or {"all": "true"}) if total else 0
    if not gone:
        _say_none()
    click.echo(f"{gone} dead letters deleted", err=True)


def _filter(service: str | None, reason: str | None) -> dict[str, str]:
    return {name: value for name, value in (("service", service), ("reason", reason)) if value}


def _letters(
    client: ApiClient, narrowing: dict[str, str], limit: int
) -> Iterator[tuple[dict[str, Any], int]]:
    """Each letter with the number of all that match, page after page."""
    cursor: dict[str, str] = {}
    while limit > 0:
        size = str(min(limit, MAX_LETTERS))
        page = client.get(_PATH, {**narrowing, **cursor, "limit": size})
        for letter in page["dead_letters"]:
            yield letter, page["pagination"]["total"]
        limit -= page["count"]
        if not (following := page["pagination"]["next_cursor"]):
            return
        cursor = {"cursor": following}


def _replayed(
    client: ApiClient, ids: list[str], narrowing: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """What became of each letter, request after request."""
    if ids:
        for at in range(0, len(ids), MAX_LETTERS):
            yield from _replay(client, {"ids": ids[at : at + MAX_LETTERS]})["results"]
        return
    wanted: dict[str, Any] = dict(narrowing)
    while True:
        answer = _replay(client, wanted)
        yield from answer["results"]
        if not (following := answer["next_cursor"]):
            return
        wanted["cursor"] = following


def _replay(client: ApiClient, wanted: dict[str, Any]) -> dict[str, Any]:
    path = f"{_PATH}/replay"
    status, body = client.post(path, json.dumps(wanted).encode(), "application/json")
    if status not in (200, 207):
        raise ApiError(f"{client.url}{path}: {explain(status, body)}")
    return body


def _purged(client: ApiClient, parameters: dict[str, str]) -> int:
    gone = 0
    while True:
        _, body = client.delete(_PATH, parameters)
        gone += int(body["purged"])
        if not body["remaining"]:
            return gone


def _line(letter: dict[str, Any]) -> str:
    attempts = f" (refused {letter['attempts']} times)" if letter["attempts"] > 1 else ""
    return " ".join(
        [
            click.style(letter["id"], fg="yellow"),
            click.style(letter["last_refused_at"], dim=True),
            click.style(printable(letter["service"]) or "-", fg="cyan"),
            printable(letter["log_id"]),
            f"{printable(' '.join(letter['reason'].split()))}{attempts}",
        ]
    )


def _result_line(result: dict[str, Any]) -> str:
    status = click.style(result["status"], fg=_COLOURS.get(result["status"], "yellow"))
    return f"{click.style(result['id'], fg='yellow')} {status} {printable(result['reason'])}"


def _say_none() -> None:
    click.echo("there is no such dead letter", err=True)
    raise SystemExit(1)
