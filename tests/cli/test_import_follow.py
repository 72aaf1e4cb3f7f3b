"""``logfeed import --follow``: new lines arrive, whatever rotation does to the file."""

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.import_support import Server, lines, log, start_import, until

Follow = Callable[[Path], "subprocess.Popen[bytes]"]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def follow(server: Server, tmp_path: Path) -> Iterator[Follow]:
    """Starts to follow a file; what still runs at the end of the test is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start(file: Path) -> subprocess.Popen[bytes]:
        started.append(start_import(server, tmp_path, "--follow", file))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def append(file: Path, text: str) -> None:
    with file.open("a") as growing:
        growing.write(text)


def has(server: Server, number: int) -> Callable[[], bool]:
    return lambda: server.messages() == lines(0, number)


def test_lines_that_are_added_arrive(server: Server, tmp_path: Path, follow: Follow) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 5))
    running = follow(file)
    until(has(server, 5))

    append(file, log(5, 10))
    until(has(server, 10))

    running.send_signal(signal.SIGTERM)
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert b"10 sent: 10 created" in output


def test_a_line_is_not_sent_before_its_end(server: Server, tmp_path: Path, follow: Follow) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 5) + log(5, 6)[:-10])
    follow(file)
    until(has(server, 5))

    append(file, log(5, 6)[-10:] + log(6, 7))

    until(has(server, 7))


def test_a_file_that_is_empty_at_first_is_followed(
    server: Server, tmp_path: Path, follow: Follow
) -> None:
    file = tmp_path / "shop.log"
    file.write_text("")
    running = follow(file)

    append(file, log(0, 3))
    until(has(server, 3))

    assert running.poll() is None


def test_rotation_by_renaming_loses_nothing(server: Server, tmp_path: Path, follow: Follow) -> None:
    file, old = tmp_path / "shop.log", tmp_path / "shop.log.1"
    file.write_text(log(0, 5))
    follow(file)
    until(has(server, 5))

    file.rename(old)
    # The program that writes has not noticed yet.
    append(old, log(5, 8))
    file.write_text(log(8, 12))

    until(has(server, 12))


def test_rotation_by_copy_and_truncation_loses_nothing(
    server: Server, tmp_path: Path, follow: Follow
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 30))
    follow(file)
    until(has(server, 30))

    for first in (30, 40, 50):
        # All at once, so that some of it may be seen in the copy only.
        append(file, log(first, first + 5))
        shutil.copyfile(file, tmp_path / f"shop.log.{first}")
        with file.open("r+") as truncated:
            truncated.truncate()
        append(file, log(first + 5, first + 10))
        until(has(server, first + 10))


def test_what_was_rotated_while_nobody_followed_is_caught_up(
    server: Server, tmp_path: Path, follow: Follow
) -> None:
    file, old = tmp_path / "shop.log", tmp_path / "shop.log.1"
    file.write_text(log(0, 30))
    first = follow(file)
    until(has(server, 30))
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)

    append(file, log(30, 35))
    file.rename(old)
    file.write_text(log(35, 40))
    follow(file)

    until(has(server, 40))


def test_what_was_copied_and_truncated_while_nobody_followed_is_caught_up(
    server: Server, tmp_path: Path, follow: Follow
) -> None:
    file, old = tmp_path / "shop.log", tmp_path / "shop.log.1"
    file.write_text(log(0, 30))
    first = follow(file)
    until(has(server, 30))
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)

    append(file, log(30, 35))
    shutil.copyfile(file, old)
    with file.open("r+") as truncated:
        truncated.truncate()
    append(file, log(35, 40))
    follow(file)

    until(has(server, 40))


def test_a_killed_follower_goes_on_where_it_stopped(
    server: Server, tmp_path: Path, follow: Follow
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 30))
    first = follow(file)
    until(has(server, 30))
    first.kill()
    first.communicate()
    append(file, log(30, 60))

    follow(file)

    until(has(server, 60))


def test_a_server_that_goes_away_is_waited_for(
    server: Server, tmp_path: Path, follow: Follow
) -> None:
    file = tmp_path / "shop.log"
    file.write_text(log(0, 5))
    follow(file)
    until(has(server, 5))

    server.away = 3
    append(file, log(5, 10))

    until(has(server, 10))


def test_a_compressed_file_cannot_be_followed(tmp_path: Path, follow: Follow) -> None:
    file = tmp_path / "shop.log.gz"
    file.write_bytes(b"\x1f\x8b\x08\x00")

    running = follow(file)
    output, _ = running.communicate(timeout=60)

    assert running.returncode == 1
    assert b"shop.log.gz" in output
