"""``logfeed dead-letters`` against a real API on a real port, whose letters lie in memory."""

import json
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from app.cli import main
from app.domain.outcomes import Outcome
from tests.builders import dead_letter
from tests.fakes import FakeDeadLetters
from tests.http import site
from tests.node import free_port

LINE = (
    "l1 2026-11-24T12:00:01.000Z checkout rl1 "
    "document_parsing_exception: [1:14] failed to parse field [timestamp]"
)


@pytest.fixture
def letters() -> FakeDeadLetters:
    return FakeDeadLetters(dead_letter(), dead_letter("l2", service="cart"), dead_letter("l3"))


@pytest.fixture
def url(letters: FakeDeadLetters) -> Iterator[str]:
    """The address of an API with these letters."""
    app = site.client(dead_letters=letters).application
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(url: str, *arguments: str, answer: str = "", color: bool = False) -> Result:
    """``logfeed dead-letters`` with these arguments; ``answer`` is typed when it asks."""
    return CliRunner().invoke(
        main, ["dead-letters", *arguments], env={"LOGFEED_URL": url}, input=answer, color=color
    )


def objects(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("arguments", [(), ("list",), ("--limit", "100"), ("list", "--limit", "3")])
def test_letters_are_listed_a_line_each(url: str, arguments: tuple[str, ...]) -> None:
    result = run(url, *arguments)

    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines[0] == LINE
    assert [line.split()[0] for line in lines] == ["l1", "l2", "l3"]


def test_letters_are_listed_as_json_for_programs(url: str) -> None:
    result = run(url, "--json", "--service", "cart")

    assert [letter["id"] for letter in objects(result)] == ["l2"]


def test_more_letters_than_fit_a_page_are_listed_up_to_the_limit() -> None:
    letters = FakeDeadLetters(*[dead_letter(f"l{n:04}") for n in range(1_205)])
    app = site.client(dead_letters=letters).application
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever).start()
    try:
        result = run(f"http://127.0.0.1:{server.server_port}", "list", "--limit", "1200", "--json")
    finally:
        server.shutdown()
        server.server_close()

    assert [letter["id"] for letter in objects(result)] == [f"l{n:04}" for n in range(1_200)]
    assert "1200 of 1205 letters shown" in result.stderr


def test_where_a_terminal_has_colours_they_are_used(url: str) -> None:
    assert "\x1b[33ml1\x1b[0m" in run(url, color=True).stdout


def test_a_hostile_reason_cannot_move_the_cursor(url: str, letters: FakeDeadLetters) -> None:
    letters.letters["l1"] = dead_letter(reason="\x1b[2Jgone\r\nl9 all is well")

    first = run(url).stdout.splitlines()[0]

    assert first.endswith("\\x1b[2Jgone l9 all is well")


def test_no_letter_is_exit_code_1_as_with_grep(url: str) -> None:
    result = run(url, "--service", "nobody")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "there is no such dead letter\n"


def test_one_letter_is_shown_with_its_record(url: str) -> None:
    result = run(url, "show", "l1")

    assert result.exit_code == 0
    assert "log_id: rl1\n" in result.stdout
    assert "attempts: 1\n" in result.stdout
    assert '"message": "payment accepted"' in result.stdout


def test_one_letter_is_shown_as_json(url: str) -> None:
    (letter,) = objects(run(url, "show", "l1", "--json"))

    assert letter["record"] == {
        "id": "rl1",
        "service": "checkout",
        "message": "payment accepted",
    }


@pytest.mark.parametrize("name", ["l9", "a b", "ü", "%00"])
def test_a_letter_that_is_not_there_is_said_to_be_missing(url: str, name: str) -> None:
    result = run(url, "show", name)

    assert result.exit_code == 1
    assert "there is no dead letter with the id" in result.stderr


def test_all_letters_are_replayed(url: str, letters: FakeDeadLetters) -> None:
    result = run(url, "replay")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "3 of 3 dead letters replayed\n"
    assert letters.letters == {}


def test_what_is_refused_again_is_named_with_the_reason(url: str, letters: FakeDeadLetters) -> None:
    letters.fates["l2"] = Outcome.rejected("it does not fit", id="rl2")

    result = run(url, "replay", "l1", "l2", "l9")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "l2 rejected it does not fit",
        "l9 gone there is no such letter; it may have been replayed or purged",
    ]
    assert result.stderr == "1 of 3 dead letters replayed\n"


def test_more_letters_than_one_request_takes_are_all_replayed_once(
    url: str, letters: FakeDeadLetters
) -> None:
    # Those that are refused again stay; the next request goes on behind them.
    letters.letters = {name: dead_letter(name) for name in (f"l{n:03}" for n in range(250))}
    letters.fates = dict.fromkeys(letters.letters, Outcome.rejected("no", id="r"))

    result = run(url, "replay", "--json")

    assert [one["id"] for one in objects(result)] == list(letters.letters)
    assert result.stderr == "0 of 250 dead letters replayed\n"


def test_only_the_letters_of_a_service_are_replayed(url: str, letters: FakeDeadLetters) -> None:
    result = run(url, "replay", "--service", "cart")

    assert result.stderr == "1 of 1 dead letters replayed\n"
    assert list(letters.letters) == ["l1", "l3"]


def test_nothing_to_replay_is_exit_code_1(url: str) -> None:
    result = run(url, "replay", "--service", "nobody")

    assert (result.exit_code, result.stderr) == (1, "there is no such dead letter\n")


@pytest.mark.parametrize(
    ("arguments", "answer", "left"),
    [
        (("l1", "l3"), "", ["l2"]),
        (("--service", "checkout", "--yes"), "", ["l2"]),
        (("--service", "checkout"), "y\n", ["l2"]),
        (("--all", "--yes"), "", []),
    ],
)
def test_only_what_is_named_is_purged(
    url: str, letters: FakeDeadLetters, arguments: tuple[str, ...], answer: str, left: list[str]
) -> None:
    result = run(url, "purge", *arguments, answer=answer)

    assert result.exit_code == 0
    assert f"{3 - len(left)} dead letters deleted" in result.stderr
    assert list(letters.letters) == left


@pytest.mark.parametrize(
    ("arguments", "answer", "code"),
    [
        ((), "", 2),
        (("l1", "--all"), "", 2),
        (("--service", "cart", "--all"), "", 2),
        (("--all",), "n\n", 1),
        (("--all",), "", 1),
        (("l9",), "", 1),
        (("--service", "nobody"), "", 1),
    ],
)
def test_nothing_is_purged_that_was_not_named_and_confirmed(
    url: str, letters: FakeDeadLetters, arguments: tuple[str, ...], answer: str, code: int
) -> None:
    result = run(url, "purge", *arguments, answer=answer)

    assert result.exit_code == code
    assert len(letters.letters) == 3


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", "l1"), ("replay",), ("purge", "l1"), ("purge", "--all")]
)
def test_a_store_that_is_away_is_a_sentence(
    url: str, letters: FakeDeadLetters, arguments: tuple[str, ...]
) -> None:
    letters.is_away = True

    result = run(url, *arguments)

    assert result.exit_code == 2
    assert "the store is away (status 503)" in result.stderr


def test_no_api_is_a_sentence() -> None:
    result = run(f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 2
    assert "start Logfeed with `logfeed up`" in result.stderr


def test_a_reason_that_the_api_refuses_is_said(url: str) -> None:
    result = run(url, "--reason", "x" * 2_000)

    assert result.exit_code == 2
    assert "reason: must have 1 to 1024 characters" in result.stderr


def test_the_command_explains_itself() -> None:
    result = CliRunner().invoke(main, ["dead-letters", "--help"])

    assert result.exit_code == 0
    for name in ("list", "show", "replay", "purge"):
        assert f"  {name}" in result.stdout
