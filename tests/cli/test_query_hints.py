"""Who types a query where words are taken, and finds nothing, is told what to type."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.domain.levels import LogLevel
from tests.builders import entry
from tests.cli.tailing import Tail
from tests.engine.eventually import eventually
from tests.fakes import FlakyDatabase
from tests.http.live import Live, live

AS_A_QUERY = "as a query: "


@pytest.fixture
def server() -> Iterator[Live]:
    store = FlakyDatabase()
    store.append(
        [
            entry("a", service="shop", level=LogLevel.ERROR, message="disk is full"),
            entry("b", service="cart", level=LogLevel.ERROR, message="connection refused"),
            entry("c", service="shop", message="connecting"),
        ]
    )
    with live(store=store) as made:
        yield made


def run(server: Live, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"LOGFEED_URL": server.url})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["level:ERROR"], 2),
        (["level:ERROR", "service:shop"], 1),
        (["level:ERROR AND service:(shop OR cart)"], 2),
        (["disk OR refused"], 2),
        (["message:full"], 1),
        (["conn*"], 2),
        (["+full", "+disk"], 1),
        (['full "disk is"'], 1),
        (["service:shop -full"], 1),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["search", "stats"])
def test_the_command_that_is_told_finds_what_was_meant(
    server: Live, command: str, words: list[str], found: int
) -> None:
    result = run(server, command, *words)

    assert (result.exit_code, result.stdout) == (1, "")
    nothing, hint = result.stderr.splitlines()
    assert nothing == "no record matches"
    assert hint.startswith(f"{' '.join(words)} was looked for as words of the message; ")
    told = shlex.split(hint.partition(AS_A_QUERY)[2])
    assert told[:3] == ["main", command, "-q"]
    again = run(server, *told[1:])
    assert again.exit_code == 0
    lines = again.stdout.splitlines()
    assert lines[0].startswith(f"{found} records") if command == "stats" else len(lines) == found


def test_all_that_was_given_beside_the_words_is_in_the_command(server: Live) -> None:
    given = ["-q", "service:shop", "level:ERROR OR level:DEBUG", "--since", "2h", "--json"]

    result = run(server, "search", *given, "--min-level", "error", "--limit", "7")

    assert result.stderr.partition(AS_A_QUERY)[2].strip() == (
        "main search -q 'service:shop level:ERROR OR level:DEBUG' --min-level error --since 2h"
        " --limit 7 --json"
    )


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        ("levl:ERROR", "at character 1: there is no field levl (did you mean level?)"),
        (
            "user.id:42",
            "at character 1: there is no field user.id (did you mean metadata.user.id?)",
        ),
        ("(level:LOUD)", "at character 8: a level must be one of"),
    ],
)
def test_a_query_with_a_mistake_is_told_with_it(server: Live, words: str, mistake: str) -> None:
    result = run(server, "search", words)

    assert result.exit_code == 1
    assert f"-q takes queries, but as one it has a mistake {mistake}" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["nothing like this"],
        ["nothing", "like", "this"],
        ["unheard-of"],
        ['"nothing like this"'],
        ["http://nowhere/x"],
        ["disk - gone"],
        ["C:\\gone"],
    ],
    ids=str,
)
def test_plain_words_that_are_nowhere_are_not_taken_for_a_query(
    server: Live, words: list[str]
) -> None:
    assert run(server, "search", *words).stderr == "no record matches\n"


def test_words_that_are_found_are_words(server: Live) -> None:
    result = run(server, "search", "is", "full")

    assert (result.exit_code, result.stderr) == (0, "")


def test_small_operators_in_a_query_are_told(server: Live) -> None:
    for query in ("level:ERROR and service:shop", "not level:ERROR", "(full or refused)"):
        result = run(server, "search", "-q", query)
        assert result.exit_code == 1
        assert "what joins terms is AND, OR, NOT" in result.stderr
    phrase = run(server, "search", "-q", '"neither and nor" gone')
    assert phrase.stderr == "no record matches\n"


def test_an_export_of_nothing_says_so_too(server: Live, tmp_path: Path) -> None:
    result = run(server, "export", "level:ERROR", "-o", str(tmp_path / "all"))

    assert result.exit_code == 0
    assert f"{AS_A_QUERY}main export -q level:ERROR --output {tmp_path / 'all'}" in result.stderr


def test_a_tail_says_so_before_it_waits(server: Live, tmp_path: Path) -> None:
    tail = Tail(tmp_path / "out", server.url, "tail", "level:ERROR")
    try:
        eventually(lambda: "tail -q level:ERROR" in tail.said(), "it tells the command")
    finally:
        tail.kill()
