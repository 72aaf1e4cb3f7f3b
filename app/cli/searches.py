"""``logfeed searches``: searches that are kept by name, for a person or a program."""

import json
from typing import Any
from urllib.parse import quote

import click

from app.cli.list_by_default import ListByDefault
from app.cli.nothing_found import ending_with_1_if_not_there
from app.cli.options import client_at, json_option, url_option
from app.cli.records import printable
from app.domain.errors import InvalidQueryError
from app.domain.saved_searches import check_name

_PATH = "/api/v1/searches"

_if_match = click.option(
    "--if-version", metavar="VERSION", help="Only if it still has this version, as `show` gives it."
)


@click.group("searches", cls=ListByDefault)
def searches() -> None:
    """Searches that are kept by name: list, show, save or delete them.

    `logfeed search --saved NAME` runs one. Without a command, they are listed.
    """


@searches.command("list")
@json_option
@url_option
def list_searches(as_json: bool, url: str | None) -> None:
    """List all saved searches by name.

    Exit code 0 if there are any, 1 if there are none.
    """
    found = client_at(url).get(_PATH)["searches"]
    for search in found:
        click.echo(json.dumps(search, ensure_ascii=False) if as_json else _line(search))
    if not found:
        click.echo("no search is saved", err=True)
        raise SystemExit(1)


@searches.command()
@click.argument("name")
@json_option
@url_option
def show(name: str, as_json: bool, url: str | None) -> None:
    """Show the search NAME with its version.

    Exit code 1 if there is none.
    """
    with ending_with_1_if_not_there():
        search = client_at(url).get(_path(name))["search"]
    if as_json:
        click.echo(json.dumps(search, ensure_ascii=False))
        return
    parameters = search.pop("parameters")
    for field, value in search.items():
        click.echo(f"{click.style(f'{field}:', dim=True)} {printable(str(value))}")
    for field, value in parameters.items():
        click.echo(f"{click.style(f'  {field} =', dim=True)} {printable(value)}")


@searches.command()
@click.argument("name")
@click.argument("parameters", nargs=-1, required=True, metavar="PARAMETER=VALUE...")
@click.option("--description", default="", help="What it is for.")
@click.option("--new", is_flag=True, help="Only if there is none of this name.")
@_if_match
@url_option
def save(
    name: str,
    parameters: tuple[str, ...],
    description: str,
    new: bool,
    if_version: str | None,
    url: str | None,
) -> None:
    """Save a search as NAME, in the place of one that has this name already.

    The parameters are those of GET /api/v1/logs, for example:

        logfeed searches save late-errors service=shop min_level=ERROR start_time=now-1h
    """
    if new and if_version is not None:
        raise click.UsageError("--new cannot be given together with --if-version.")
    headers = _if_version(if_version) | ({"If-None-Match": "*"} if new else {})
    body = {"parameters": _pairs(parameters), "description": description}
    answer = client_at(url).put(_path(name), json.dumps(body).encode(), headers)
    click.echo(f"saved {printable(answer['search']['name'])}", err=True)


@searches.command()
@click.argument("name")
@_if_match
@url_option
def delete(name: str, if_version: str | None, url: str | None) -> None:
    """Delete the search NAME.

    Exit code 1 if there is none.
    """
    status, _ = client_at(url).delete(_path(name), headers=_if_version(if_version))
    if status != 200:
        click.echo("there is no such saved search", err=True)
        raise SystemExit(1)
    click.echo(f"deleted {printable(name)}", err=True)


def _path(name: str) -> str:
    try:
        check_name(name)
    except InvalidQueryError as error:
        raise click.UsageError(f"NAME {error.reason}.") from None
    return f"{_PATH}/{quote(name, safe='')}"


def _if_version(version: str | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}"'}


def _pairs(parameters: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for parameter in parameters:
        field, equals, value = parameter.partition("=")
        if not equals or not field:
            raise click.UsageError(f"{parameter!r} must be like service=shop.")
        if field in pairs:
            raise click.UsageError(f"{field} is given twice.")
        pairs[field] = value
    return pairs


def _line(search: dict[str, Any]) -> str:
    parameters = " ".join(f"{field}={value}" for field, value in search["parameters"].items())
    description = search["description"]
    return " ".join(
        [
            click.style(printable(search["name"]), fg="cyan"),
            printable(parameters),
            *([click.style(f"# {printable(description)}", dim=True)] if description else []),
        ]
    )
