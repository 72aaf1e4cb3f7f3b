"""``logfeed search``, ``tail`` and ``stats`` against the real server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.domain.levels import LogLevel
from tests.builders import NOON_NS, SECOND, entry
from tests.fakes import FlakyDatabase
from tests.http.live import Live, live
from tests.node import ROOT


@pytest.fixture
def store() -> FlakyDatabase:
    made = FlakyDatabase()
    made.append(
        [
            entry("a", at=NOON_NS - 3 * SECOND, service="shop", message="disk full"),
            entry(
                "b",
                at=NOON_NS - 2 * SECOND,
                service="user-service",
                level=LogLevel.ERROR,
                message="connection refused\x1b[2J",
                metadata={"n": 1},
            ),
            entry("c", at=NOON_NS - SECOND, service="shop", message="disk empty"),
        ]
    )
    return made


@pytest.fixture
def server(store: FlakyDatabase) -> Iterator[Live]:
    with live(store=store) as made:
        yield made


def run(server: Live, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--url", server.url])


def messages(result: Result) -> list[str]:
    return [json.loads(line)["message"] for line in result.stdout.splitlines()]


def test_a_search_prints_aligned_lines_and_lets_no_record_touch_the_terminal(server: Live) -> None:
    result = run(server, "search", "--oldest-first")

    assert result.stdout.splitlines() == [
        "2026-11-24T11:59:57.000Z INFO     shop disk full",
        "2026-11-24T11:59:58.000Z ERROR    user-service connection refused\\x1b[2J",
        "2026-11-24T11:59:59.000Z INFO     shop         disk empty",
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["disk"], ["disk empty", "disk full"]),
        (["-q", "service:shop -empty"], ["disk full"]),
        (["--level", "error", "--service", "user-service"], ["connection refused\x1b[2J"]),
        (["--limit", "1"], ["disk empty"]),
        (["--until", "2026-11-24T11:59:57Z"], ["disk full"]),
    ],
    ids=" ".join,
)
def test_a_search_finds_what_words_query_and_options_ask_for(
    server: Live, arguments: list[str], found: list[str]
) -> None:
    result = run(server, "search", "--json", *arguments)

    assert (result.exit_code, messages(result)) == (0, found)


@pytest.mark.parametrize("command", [["search"], ["stats"]], ids=lambda words: words[0])
def test_where_nothing_matches_the_exit_code_is_1_as_that_of_grep(
    server: Live, command: list[str]
) -> None:
    result = run(server, *command, "nothing like this")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "no record matches\n"


def test_a_mistake_in_the_query_is_told_with_its_place_and_exit_code_2(server: Live) -> None:
    result = run(server, "search", "-q", "level:ERROR (disk")

    assert result.exit_code == 2
    assert "at character 13" in result.stderr


def test_colours_are_for_a_terminal_or_for_who_asks(server: Live) -> None:
    assert "\x1b[" not in run(server, "search", "disk").stdout
    assert "\x1b[31m" in run(server, "search", "refused", "--colour", "always").stdout


def test_stats_count_by_level_and_service(server: Live) -> None:
    lines = run(server, "stats").stdout.splitlines()

    assert lines[0].startswith("3 records from 2026-11-24T11:59:57")
    assert [line.split()[:3] for line in lines if line.startswith(("ERROR", "shop"))] == [
        ["ERROR", "1", "33.3%"],
        ["shop", "2", "66.7%"],
    ]


def test_stats_are_json_for_programs(server: Live) -> None:
    found = json.loads(run(server, "stats", "--json", "--service", "shop").stdout)

    assert (found["total"], found["by_service"]) == (2, {"shop": 2})


@pytest.mark.parametrize(
    ("shell", "sign"), [("bash", "complete -o nosort"), ("zsh", "#compdef logfeed")]
)
def test_completion_is_a_script_for_the_shell(shell: str, sign: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])

    assert result.exit_code == 0
    assert sign in result.stdout


def test_a_shell_is_told_the_commands_that_begin_so() -> None:
    asked = os.environ | {
        "_LOGFEED_COMPLETE": "bash_complete",
        "COMP_WORDS": "logfeed st",
        "COMP_CWORD": "1",
    }

    script = Path(sys.executable).with_name("logfeed")
    told = subprocess.run([script], env=asked, capture_output=True, text=True, check=True, cwd=ROOT)

    assert told.stdout.split() == ["plain,stats", "plain,storage"]
