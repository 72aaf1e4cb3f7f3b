"""``logfeed searches`` and ``search --saved`` against a real API on a real port, in memory."""

import json
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from app.cli import main
from tests.builders import entry
from tests.fakes import FlakyDatabase
from tests.http import site


@pytest.fixture
def url() -> Iterator[str]:
    """The address of an API with a record of the shop and one of the cart."""
    store = FlakyDatabase()
    store.append([entry("1", service="shop", message="sold"), entry("2", service="cart")])
    server = make_server("127.0.0.1", 0, site.client(store=store).application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"LOGFEED_URL": url})


def test_a_search_is_saved_listed_shown_used_and_deleted(url: str) -> None:
    saved = run(
        url, "searches", "save", "of the shop", "service=shop", "--description", "all of it"
    )
    assert (saved.exit_code, saved.stdout, saved.stderr) == (0, "", "saved of the shop\n")

    for arguments in ((), ("list",)):
        listed = run(url, "searches", *arguments)
        assert listed.stdout == "of the shop service=shop # all of it\n"
    shown = run(url, "searches", "show", "of the shop")
    assert shown.stdout.splitlines()[:2] == ["name: of the shop", "description: all of it"]
    assert shown.stdout.splitlines()[-1] == "  service = shop"

    found = run(url, "search", "--saved", "of the shop", "--json")
    assert [json.loads(line)["id"] for line in found.stdout.splitlines()] == ["1"]
    assert run(url, "search", "--saved", "of the shop", "accepted").exit_code == 1
    exported = run(url, "export", "--saved", "of the shop", "--format", "csv", "--fields", "id")
    assert exported.stdout.split() == ["id", "1"]

    deleted = run(url, "searches", "delete", "of the shop")
    assert (deleted.exit_code, deleted.stderr) == (0, "deleted of the shop\n")
    assert run(url, "searches").exit_code == 1


def test_programs_get_json(url: str) -> None:
    run(url, "searches", "save", "a", "service=shop", "keyword=a=b c")

    (listed,) = run(url, "searches", "--json").stdout.splitlines()
    shown = json.loads(run(url, "searches", "show", "a", "--json").stdout)

    assert json.loads(listed) == shown
    assert shown["parameters"] == {"service": "shop", "keyword": "a=b c"}


def test_a_change_can_name_the_version_it_is_made_to(url: str) -> None:
    run(url, "searches", "save", "a", "service=shop")
    version = json.loads(run(url, "searches", "show", "a", "--json").stdout)["version"]

    assert run(url, "searches", "save", "a", "service=b", "--if-version", version).exit_code == 0
    late = run(url, "searches", "save", "a", "service=c", "--if-version", version)
    assert (late.exit_code, "another version" in late.stderr) == (2, True)
    assert run(url, "searches", "save", "a", "service=c", "--new").exit_code == 2
    assert run(url, "searches", "delete", "a", "--if-version", version).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("searches", "save", "a"), "Missing argument"),
        (("searches", "save", "a", "shop"), "'shop' must be like service=shop"),
        (("searches", "save", "a", "service=a", "service=b"), "service is given twice"),
        (("searches", "save", "a", "level=LOUD"), "must be one of DEBUG"),
        (("searches", "save", "a", "colour=red"), "allowed are service"),
        (("searches", "save", "a/b", "service=a"), "NAME must have 1 to 100"),
        (("searches", "save", "a", "service=a", "--new", "--if-version", "1"), "--new"),
        (("search", "--saved", "nothing"), "no saved search with the name 'nothing'"),
    ],
)
def test_a_mistake_ends_with_2_and_says_what_is_wrong(
    url: str, arguments: tuple[str, ...], text: str
) -> None:
    result = run(url, *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr


@pytest.mark.parametrize("command", ["show", "delete"])
def test_what_is_not_there_ends_with_1(url: str, command: str) -> None:
    result = run(url, "searches", command, "a")

    assert result.exit_code == 1
    assert "no s" in result.stderr
