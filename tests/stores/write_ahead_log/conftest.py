"""A log in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.stores.write_ahead_log.log import WriteAheadLog
from tests.stores.write_ahead_log.logs import FIRST, WIDE, crash, open_log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "own"


@pytest.fixture
def log(folder: Path) -> Iterator[WriteAheadLog]:
    opened = open_log(folder)
    yield opened
    opened.close()


@pytest.fixture
def four(folder: Path) -> Path:
    """A segment of four records, left by a process that was killed."""
    log = open_log(folder, WIDE)
    for number in range(1, 5):
        log.append(b"payload %d" % number)
    crash(log)
    return folder / FIRST
