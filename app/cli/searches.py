"""``logfeed searches``: searches that are kept by name, for a person or a program."""

import json
from typing import Any
from urllib.parse import quote

import click

from app.cli.api_client import ApiClient
from app.cli.list_by_default import ListByDefault
from app.cli.records import printable
from app.domain.errors import InvalidQueryError
from app.domain.saved_searches import check_name
from app.settings import Settings

_PATH = "/api/v1/searches"

_url = click.option("--url", help="Where the API is; default: LOGFEED_URL, else this machine.")
_json = click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")
_if_match = click.option(
    "--if-version", metavar="VERSION", help="Only if it still has this version, as `show` gives it."
)


@click.group("searches", cls=ListByDefault)
def searches() -> None:
    """Searches that are kept by name: list, show, save or delete them.

    `logfeed search --saved NAME` runs one. Without a command, they are listed.
    """


@searches.command("list")
@_json
@_url
def list_searches(as_json: bool, url: str | None) -> None:
    """List all saved searches by name.

    Exit code 0 if there are any, 1 if there are none.
    """
    found = _client(url).get(_PATH)["searches"]
    for search in found:
        click.echo(json.dumps(search, ensure_ascii=False) if as_json else _line(search))
    if not found:
        click.echo("no search is saved", err=True)
        raise SystemExit(1)


@searches.command()
@click.argument("name")
@_json
@_url
def show(name: str, as_json: bool, url: str | None) -> None:
    """Show the search NAME with its version.

    Exit code 1 if there is none.
    """
    search = _client(url).get(_path(name))["search"]
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
@_url
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
    answer = _client(url).put(_path(name), json.dumps(body).encode(), headers)
    click.echo(f"saved {printable(answer['search']['name'])}", err=True)


@searches.command()
@click.argument("name")
@_if_match
@_url
def delete(name: str, if_version: str | None, url: str | None) -> None:
    """Delete the search NAME.

    Exit code 1 if there is none.
    """
    status, _ = _client(url).delete(_path(name), headers=_if_version(if_version))
    if status != 200:
        click.echo("there is no such saved search", err=True)
        raise SystemExit(1)
    click.echo(f"deleted {printable(name)}", err=True)


def _client(url: str | None) -> ApiClient:
    return ApiClient(url or Settings.from_env().api_url)


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
