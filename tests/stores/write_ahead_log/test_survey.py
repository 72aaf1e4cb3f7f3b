"""What is seen of the logs of a machine from outside."""

from pathlib import Path

import pytest

from app.domain.left_logs import LogSurvey
from app.stores.write_ahead_log.log import WriteAheadLog, adopt_orphans, open_own
from app.stores.write_ahead_log.survey import remove_damaged, survey
from tests.stores.write_ahead_log.logs import SMALL, crash


def later() -> int:
    """Long after the files of any test were written: the year 2096."""
    return 4_000_000_000 * 1_000_000_000


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return tmp_path / "wal"


def own(parent: Path) -> WriteAheadLog:
    return open_own(parent, SMALL, allow_volatile=True)


def test_no_folder_holds_nothing(parent: Path) -> None:
    assert survey(parent, later) == LogSurvey()


def test_a_log_that_is_at_work_is_not_left(parent: Path) -> None:
    log = own(parent)
    log.append(b"x" * 50)

    assert survey(parent, later).left == []
    log.close()


def test_the_log_of_a_dead_process_is_left_until_it_is_adopted(parent: Path) -> None:
    log = own(parent)
    log.append(b"x" * 50)
    crash(log)

    (left,) = survey(parent, later).left
    assert left.folder == log.folder
    assert left.segment_bytes >= 50
    assert left.idle_seconds > 30

    # To have looked keeps nobody from adopting it.
    (adopted,) = adopt_orphans(parent, SMALL, allow_volatile=True)
    assert survey(parent, later).left == []
    adopted.close()


def test_a_log_of_this_very_moment_is_left_alone(parent: Path) -> None:
    log = own(parent)
    log.append(b"x" * 50)
    crash(log)
    written = max(path.stat().st_mtime_ns for path in log.folder.iterdir())

    assert survey(parent, lambda: written).left == []


def test_damaged_files_are_found_in_a_log_and_beside_it(parent: Path) -> None:
    log = own(parent)
    inside, beside = log.folder / "damaged" / "1.bin", parent / "damaged" / "gone" / "2.bin"
    for path in (inside, beside):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"xyz")

    found = survey(parent, later).damaged

    assert {file.path for file in found} == {inside, beside}
    assert {file.bytes for file in found} == {3}
    for file in found:
        remove_damaged(file)
        remove_damaged(file)
    assert survey(parent, later).damaged == []
    assert inside.parent.exists()
    assert not beside.parent.exists()
    log.close()
