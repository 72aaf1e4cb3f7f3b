"""An import that stops goes on where it stopped, and knows a file by its content."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.import_support import Server, lines, log, run_import, start_import, summary


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_a_killed_import_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 100))
    server.hold_from = 5
    running = start_import(server, tmp_path, "--batch-size", "10", file)
    assert server.held.wait(60)
    running.kill()
    running.communicate()
    server.release.set()

    report = summary(server, tmp_path, "--batch-size", "10", file)

    assert report["exit_code"] == 0
    # Four batches were acknowledged before the one that was held.
    assert report["resumed_at"] == len(log(0, 40))
    assert report["sent"] == 60
    assert server.messages() == lines(0, 100)


def test_an_interrupted_import_says_so_and_goes_on(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 100))
    server.hold_from = 5
    running = start_import(server, tmp_path, "--batch-size", "10", file)
    assert server.held.wait(60)
    running.send_signal(signal.SIGINT)
    server.release.set()
    output, _ = running.communicate(timeout=60)

    report = summary(server, tmp_path, "--batch-size", "10", file)

    assert running.returncode == 130
    assert b"interrupted; run the same command again" in output
    assert b"sent:" in output
    assert report["resumed_at"] >= len(log(0, 40))
    assert server.messages() == lines(0, 100)


def test_only_what_was_added_to_a_file_is_sent(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))
    run_import(server, tmp_path, file)
    with file.open("a") as growing:
        growing.write(log(10, 20))

    report = summary(server, tmp_path, file)

    assert (report["sent"], report["created"]) == (10, 10)
    assert server.messages() == lines(0, 20)


def test_a_short_file_that_grows_keeps_its_label(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 2))
    first = summary(server, tmp_path, file)
    with file.open("a") as growing:
        growing.write(log(2, 100))

    second = summary(server, tmp_path, file)
    again = summary(server, tmp_path, "--no-resume", file)

    assert first["label"] == second["label"] == again["label"]
    assert (again["created"], again["duplicate"]) == (0, 100)


def test_two_files_that_start_alike_are_two(server: Server, tmp_path: Path) -> None:
    one, other = tmp_path / "one.log", tmp_path / "other.log"
    one.write_text(log(0, 60))
    other.write_text(log(0, 50) + log(70, 90))

    first = summary(server, tmp_path, one)
    second = summary(server, tmp_path, other)

    assert first["label"] != second["label"]
    assert second["created"] == 70
    assert summary(server, tmp_path, one)["sent"] == 0
    assert summary(server, tmp_path, other)["sent"] == 0


def test_a_label_of_the_user_goes_into_the_ids(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))

    first = summary(server, tmp_path, "--source", "berlin", file)
    second = summary(server, tmp_path, "--source", "paris", file)

    assert (first["label"], second["label"]) == ("berlin", "paris")
    assert second["created"] == 10


def test_a_file_without_its_state_gets_the_same_ids(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 100))
    run_import(server, tmp_path, file)

    report = summary(server, tmp_path / "another-machine", file)

    assert (report["created"], report["duplicate"]) == (0, 100)


def test_what_was_imported_to_one_api_is_new_to_another(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))
    run_import(server, tmp_path, file)

    with Server() as other:
        report = summary(other, tmp_path, file)

    assert report["created"] == 10


def test_a_state_that_is_damaged_is_no_hindrance(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10))
    run_import(server, tmp_path, file)
    for state in (tmp_path / "data" / "import").glob("*.json"):
        state.write_text('{"version": 1, "lab')

    report = summary(server, tmp_path, file)

    assert report["exit_code"] == 0
    assert len(server.messages()) in (10, 20)


def test_a_last_line_without_an_end_is_sent_and_read_again_when_it_is_whole(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 10).rstrip("\n"))
    first = summary(server, tmp_path, file)
    again = summary(server, tmp_path, file)
    with file.open("a") as growing:
        growing.write(" and more\n")

    last = summary(server, tmp_path, file)

    assert first["created"] == 10
    assert (again["created"], again["duplicate"]) == (0, 1)
    assert last["created"] == 1
    assert sorted(server.messages()) == sorted([*lines(0, 10), "line 9 and more"])


def test_the_year_goes_on_where_the_import_goes_on(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "messages"
    file.write_text("Dec 31 23:59:59 box sshd[1]: a\nJan  1 00:00:01 box sshd[1]: b\n")
    run_import(server, tmp_path, "--year", "2005", file)
    with file.open("a") as growing:
        growing.write("Jan  2 00:00:01 box sshd[1]: c\n")

    run_import(server, tmp_path, file)

    assert [entry.timestamp.year for entry in server.records()] == [2005, 2006, 2006]
