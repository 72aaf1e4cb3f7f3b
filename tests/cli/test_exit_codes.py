"""2 says that a command failed; 1, of a command that looks for something, that nothing was found."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from tests.fakes import FlakyDatabase
from tests.http.live import Live, live
from tests.node import free_port

LOOKING = [["search"], ["search", "-f"], ["tail"], ["stats"]]
ASKING_THE_API = [
    *LOOKING,
    ["export", "--tries", "1"],
    ["searches"],
    ["searches", "show", "a"],
    ["searches", "save", "a", "service=shop"],
    ["searches", "delete", "a"],
    ["dead-letters"],
    ["dead-letters", "show", "a"],
    ["dead-letters", "replay"],
    ["dead-letters", "purge", "a"],
    ["scheduler", "status"],
    ["scheduler", "run", "rollover"],
    ["storage"],
]


@pytest.fixture
def store() -> FlakyDatabase:
    return FlakyDatabase()


@pytest.fixture
def server(store: FlakyDatabase) -> Iterator[Live]:
    with live(store=store) as made:
        yield made


def run(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"LOGFEED_URL": url})


@pytest.mark.parametrize("command", ASKING_THE_API, ids=" ".join)
def test_an_api_that_is_away_is_2_not_nothing_found(command: list[str]) -> None:
    result = run(*command, url=f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "127.0.0.1" in result.stderr


@pytest.mark.parametrize("command", [*LOOKING, ["export", "--tries", "1"]], ids=" ".join)
def test_a_store_that_is_away_is_2(server: Live, store: FlakyDatabase, command: list[str]) -> None:
    store.fails_unannounced = True

    result = run(*command, url=server.url)

    assert result.exit_code == 2
    assert "(status 503)" in result.stderr


@pytest.mark.parametrize("command", LOOKING, ids=" ".join)
def test_what_answers_but_is_not_logfeed_is_2(server: Live, command: list[str]) -> None:
    result = run(*command, url=f"{server.url}/elsewhere")

    assert result.exit_code == 2


@pytest.mark.parametrize(
    "command",
    [["search"], ["stats"], ["searches"], ["searches", "show", "a"], ["searches", "delete", "a"]],
    ids=" ".join,
)
def test_nothing_found_is_1(server: Live, command: list[str]) -> None:
    assert run(*command, url=server.url).exit_code == 1


def test_a_file_that_cannot_be_written_is_2(server: Live, tmp_path: Path) -> None:
    result = run("export", "-o", str(tmp_path / "nowhere" / "all"), url=server.url)

    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_the_help_says_so() -> None:
    assert "ends with 2 where it cannot do its work" in CliRunner().invoke(main, ["--help"]).stdout
