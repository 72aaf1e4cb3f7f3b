"""One log a folder, its end, and the adoption of what is left behind."""

import fcntl
from pathlib import Path

import pytest

from app.stores.write_ahead_log import mounts
from app.stores.write_ahead_log.files import REAL_FILES, Files
from app.stores.write_ahead_log.log import (
    LogUnavailableError,
    WriteAheadLog,
    adopt_orphans,
    open_own,
)
from tests.stores.write_ahead_log.logs import SMALL, crash, held, open_log


def own(parent: Path) -> WriteAheadLog:
    return open_own(parent, SMALL, allow_volatile=True)


def adopt(parent: Path) -> list[WriteAheadLog]:
    return adopt_orphans(parent, SMALL, allow_volatile=True)


def test_a_folder_that_is_taken_cannot_be_opened(folder: Path, log: WriteAheadLog) -> None:
    with pytest.raises(LogUnavailableError, match="belongs to another process"):
        open_log(folder)


def test_a_closed_log_gives_its_folder_back(folder: Path, log: WriteAheadLog) -> None:
    log.close()

    open_log(folder).close()


def test_each_own_log_has_a_folder_of_its_own(tmp_path: Path) -> None:
    logs = [own(tmp_path / "logs") for _ in range(3)]

    assert len({log.folder for log in logs}) == 3
    assert {log.folder.parent for log in logs} == {tmp_path / "logs"}
    for log in logs:
        log.close()


def test_an_own_log_tries_another_folder_if_the_first_is_snatched_away(tmp_path: Path) -> None:
    class Snatched(Files):
        times = 2

        def take_lock(self, path: Path) -> int | None:
            self.times -= 1
            return None if self.times >= 0 else super().take_lock(path)

    log = open_own(tmp_path, SMALL, Snatched(), allow_volatile=True)

    assert log.append(b"x") == 1
    log.close()


def test_what_a_killed_process_left_is_adopted(tmp_path: Path) -> None:
    dead = own(tmp_path)
    for number in range(5):
        dead.append(b"payload %d" % number)
    dead.finish([1, 2])
    crash(dead)
    alive = own(tmp_path)
    alive.append(b"of the living")

    (adopted,) = adopt(tmp_path)

    assert adopted.folder == dead.folder
    assert set(held(adopted).values()) >= {b"payload 2", b"payload 3", b"payload 4"}
    assert adopt(tmp_path) == []
    adopted.finish(adopted.unfinished())
    adopted.remove()
    assert list(tmp_path.iterdir()) == [alive.folder]
    alive.close()


def test_an_orphan_that_holds_nothing_is_removed_at_once(tmp_path: Path) -> None:
    empty, finished = own(tmp_path), own(tmp_path)
    finished.finish([finished.append(b"x")])
    crash(empty)
    finished.close()

    assert adopt(tmp_path) == []

    assert list(tmp_path.iterdir()) == []


def test_a_log_with_unfinished_records_is_not_removed(log: WriteAheadLog) -> None:
    log.append(b"one")

    with pytest.raises(LogUnavailableError, match="unfinished"):
        log.remove()

    assert log.read(1) == b"one"


def test_what_was_damaged_outlives_the_folder(tmp_path: Path) -> None:
    dead = own(tmp_path)
    dead.append(b"one")
    dead.append(b"two")
    crash(dead)
    path = dead.folder / "segment-00000000000000000001.wal"
    whole = bytearray(path.read_bytes())
    whole[52] ^= 1
    path.write_bytes(whole)

    (adopted,) = adopt(tmp_path)
    assert list(held(adopted).values()) == [b"two"]
    adopted.finish(adopted.unfinished())
    adopted.remove()

    assert [path.name for path in tmp_path.iterdir()] == ["damaged"]
    (kept,) = (tmp_path / "damaged" / dead.folder.name).iterdir()
    assert kept.read_bytes() == whole[32:55]
    assert adopt(tmp_path) == []


def test_folders_and_files_that_are_no_logs_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "a file").write_text("mine")

    assert adopt(tmp_path) == []

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a file", "lost+found"]


def test_where_there_is_no_folder_there_are_no_orphans(tmp_path: Path) -> None:
    assert adopt(tmp_path / "nowhere") == []


def test_a_lock_on_a_file_that_has_lost_its_name_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "LOCK"
    lock = fcntl.flock

    def remove_then_lock(descriptor: int, operation: int) -> None:
        path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", remove_then_lock)

    assert REAL_FILES.take_lock(path) is None


def test_nor_is_one_where_another_file_has_taken_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "LOCK"
    lock = fcntl.flock

    def replace_then_lock(descriptor: int, operation: int) -> None:
        (tmp_path / "other").touch()
        (tmp_path / "other").replace(path)
        lock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", replace_then_lock)

    assert REAL_FILES.take_lock(path) is None


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_a_folder_that_would_be_lost_is_refused(folder: Path, kind: str) -> None:
    class Volatile(Files):
        def file_system(self, folder: Path) -> str:
            return kind

    with pytest.raises(LogUnavailableError) as caught:
        WriteAheadLog(folder, SMALL, Volatile())

    assert f"on {kind}" in str(caught.value)
    assert "put it on a disk" in str(caught.value)
    assert not folder.exists()
    WriteAheadLog(folder, SMALL, Volatile(), allow_volatile=True).close()


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "nfs4", "overlay", ""])
def test_any_other_file_system_is_taken(folder: Path, kind: str) -> None:
    class Lasting(Files):
        def file_system(self, folder: Path) -> str:
            return kind

    WriteAheadLog(folder, SMALL, Lasting()).close()


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - overlay overlay rw,lowerdir=/a,upperdir=/b
28 27 0:5 / /tmp rw,nosuid shared:3 master:1 - tmpfs tmpfs rw
29 28 8:1 / /tmp/with\\040space rw - xfs /dev/sdb1 rw
30 27 8:2 /data /var/lib/logfeed rw - tmpfs first rw
31 30 8:2 /data /var/lib/logfeed rw - ext4 /dev/sda2 rw
a broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "overlay"),
        ("/srv/logs", "overlay"),
        ("/tmp", "tmpfs"),  # noqa: S108
        ("/tmp/logs", "tmpfs"),  # noqa: S108
        ("/tmpfiles", "overlay"),  # noqa: S108
        ("/tmp/with space/logs", "xfs"),  # noqa: S108
        ("/var/lib/logfeed/wal/x", "ext4"),
        ("/proc/self", "proc"),
    ],
)
def test_the_file_system_of_a_folder_is_read_from_the_mounts(folder: str, kind: str) -> None:
    assert mounts.kind_of(Path(folder), MOUNTS) == kind


def test_the_kernel_of_this_machine_is_asked() -> None:
    assert mounts.file_system_of(Path("/proc")) == "proc"
    assert REAL_FILES.file_system(Path("/proc/self")) == "proc"
