"""A log in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.stores.write_ahead_log.log import WriteAheadLog
from tests.stores.write_ahead_log.logs import open_log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "own"


@pytest.fixture
def log(folder: Path) -> Iterator[WriteAheadLog]:
    opened = open_log(folder)
    yield opened
    opened.close()
