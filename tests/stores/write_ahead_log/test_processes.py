"""Real processes, killed at any moment."""

import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.stores.write_ahead_log.log import LogUnavailableError, WriteAheadLog, adopt_orphans
from tests.stores.write_ahead_log.logs import held
from tests.stores.write_ahead_log.writers import LIMITS, SMALL_FILE_BYTES

ROOT = Path(__file__).parents[3]
KILLS = 30


class Writer:
    """A process that writes; leaving the block kills it."""

    def __init__(self, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "tests.stores.write_ahead_log.writers"]
        self.process = subprocess.Popen(
            [*command, *map(str, arguments)], stdout=subprocess.PIPE, cwd=ROOT
        )

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_for(self, lines: int) -> None:
        assert self.process.stdout is not None
        for _ in range(lines):
            assert self.process.stdout.readline(), "it died of itself"


@dataclass
class Noted:
    """What the writers said."""

    tried: set[str] = field(default_factory=set)
    accepted: dict[int, str] = field(default_factory=dict)
    finishing: set[int] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


def read_notes(path: Path) -> Noted:
    noted = Noted()
    for line in path.read_text().splitlines():
        match line.split(" "):
            case ["tried", payload]:
                noted.tried.add(payload)
            case ["accepted", lsn, payload]:
                assert int(lsn) not in noted.accepted, "a number was given out twice"
                noted.accepted[int(lsn)] = payload
            case ["finishing", lsn]:
                noted.finishing.add(int(lsn))
            case ["refused", payload]:
                noted.refused.add(payload)
            case _:
                pytest.fail(f"what is {line}?")
    return noted


def test_a_writer_killed_at_any_moment_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    folder, notes = tmp_path / "log", tmp_path / "notes"
    chance = random.Random(4)  # noqa: S311
    replayed = 0
    for _ in range(KILLS):
        with Writer(folder, notes) as writer:
            writer.wait_for(chance.randint(1, 400))
        noted = read_notes(notes)

        log = WriteAheadLog(folder, LIMITS, allow_volatile=True)

        found = {lsn: payload.decode() for lsn, payload in held(log).items()}
        assert noted.accepted.keys() - noted.finishing <= found.keys()
        assert all(noted.accepted.get(lsn, payload) == payload for lsn, payload in found.items())
        assert set(found.values()) <= noted.tried
        assert log.statistics().damaged_records == 0
        replayed += len(found)
        # Half of the time the next process has to replay all of it again.
        if chance.random() < 0.5:
            noted.finishing.update(found)
            with notes.open("a") as file:
                file.writelines(f"finishing {lsn}\n" for lsn in found)
            log.finish(found)
        log.close()

    assert replayed > 100
    assert len(read_notes(notes).accepted) > 1_000


def test_the_log_of_a_killed_process_is_adopted_by_a_living_one(tmp_path: Path) -> None:
    logs, notes = tmp_path / "logs", tmp_path / "notes"
    with Writer("--own", logs, notes) as writer:
        writer.wait_for(300)
        (folder,) = logs.iterdir()
        assert adopt_orphans(logs, LIMITS, allow_volatile=True) == []
        with pytest.raises(LogUnavailableError, match="belongs to another process"):
            WriteAheadLog(folder, LIMITS, allow_volatile=True)
    noted = read_notes(notes)

    (adopted,) = adopt_orphans(logs, LIMITS, allow_volatile=True)

    found = held(adopted)
    assert noted.accepted.keys() - noted.finishing <= found.keys()
    assert all(noted.accepted.get(lsn, text) == text for lsn, text in decoded(found).items())
    adopted.finish(found)
    adopted.remove()
    assert list(logs.iterdir()) == []


def decoded(found: dict[int, bytes]) -> dict[int, str]:
    return {lsn: payload.decode() for lsn, payload in found.items()}


def test_a_limit_on_the_size_of_files_refuses_some_and_loses_none(tmp_path: Path) -> None:
    folder, notes = tmp_path / "log", tmp_path / "notes"
    with Writer("--small", folder, notes) as writer:
        writer.wait_for(100)
        assert writer.process.wait() == 0
    noted = read_notes(notes)

    log = WriteAheadLog(folder, LIMITS, allow_volatile=True)

    found = decoded(held(log))
    assert {lsn: payload.strip() for lsn, payload in found.items()} == noted.accepted
    assert noted.refused
    assert len(noted.accepted) > 80
    assert len(noted.accepted) + len(noted.refused) == 100
    assert log.statistics().damaged_records == log.statistics().torn_tails == 0
    assert all(path.stat().st_size <= SMALL_FILE_BYTES for path in folder.glob("*.wal"))
    log.close()
