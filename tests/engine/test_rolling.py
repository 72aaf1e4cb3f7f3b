"""The log file of a child: bounded, and never in the child's way."""

from pathlib import Path

from app.engine.rolling import RollingLog


def test_lines_are_appended_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"of yesterday\n")
    log = RollingLog(path)

    log.write(b"of today\n")
    log.close()

    assert path.read_bytes() == b"of yesterday\nof today\n"


def test_a_full_file_gives_way_and_only_one_old_file_is_kept(tmp_path: Path) -> None:
    log = RollingLog(tmp_path / "log", largest=8)

    for line in (b"aaaa\n", b"bbbb\n", b"cccc\n", b"dddd\n", b"eeee\n"):
        log.write(line)
    log.close()

    assert (tmp_path / "log").read_bytes() == b"eeee\n"
    assert (tmp_path / "log.1").read_bytes() == b"cccc\ndddd\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "log.1"]


def test_a_file_that_cannot_give_way_goes_on_growing(tmp_path: Path) -> None:
    (tmp_path / "log.1").mkdir()
    log = RollingLog(tmp_path / "log", largest=4)

    log.write(b"aaaa\n")
    log.write(b"bbbb\n")
    log.close()

    assert (tmp_path / "log").read_bytes() == b"aaaa\nbbbb\n"


def test_a_full_disk_loses_lines_and_stops_nobody() -> None:
    log = RollingLog(Path("/dev/full"))

    log.write(b"nobody will read this\n")
    log.close()

    assert log.last_lines(1) == ["nobody will read this"]


def test_the_last_lines_are_those_that_say_something(tmp_path: Path) -> None:
    log = RollingLog(tmp_path / "log")

    for line in (
        b"Traceback (most recent call last):\n",
        b'  File "x.py", line 1\n',
        b"\tat java.base/java.lang.Thread.run\n",
        b"ValueError: no\n",
        b"\n",
        b"caf\xe9\n",
    ):
        log.write(line)
    log.close()

    assert log.last_lines(5) == ["ValueError: no", "caf\N{REPLACEMENT CHARACTER}"]
