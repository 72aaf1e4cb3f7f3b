"""What a log does when calls to the operating system fail."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.stores.write_ahead_log.log import LogFullError, LogUnavailableError, WriteAheadLog
from tests.engine.eventually import eventually
from tests.stores.write_ahead_log.fake_disk import FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import SMALL, WIDE, fill, held, open_log

FOLDER = Path("/disk/log")


@pytest.fixture
def disk() -> FakeDisk:
    return FakeDisk()


@pytest.fixture
def files(disk: FakeDisk) -> FakeFiles:
    return FakeFiles(disk)


@pytest.fixture
def log(files: FakeFiles) -> WriteAheadLog:
    return open_log(FOLDER, WIDE, files)


def segments(disk: FakeDisk) -> list[str]:
    return sorted(name for name in disk.seen[FOLDER] if name.endswith(".wal"))


def refuse(log: WriteAheadLog, files: FakeFiles, *calls: str, error: int = errno.EIO) -> str:
    """Append while ``calls`` fail; answers what the sender hears."""
    files.fail_calls, files.error = set(calls), error
    with pytest.raises(LogUnavailableError) as caught:
        log.append(b"refused")
    files.fail_calls = set()
    assert not isinstance(caught.value, LogFullError)
    return str(caught.value)


def test_after_a_failed_sync_the_file_is_never_touched_again(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog
) -> None:
    log.append(b"one")

    assert "a sync failed" in refuse(log, files, "fdatasync")
    given_up = disk.seen[FOLDER]["segment-00000000000000000001.wal"]
    before = bytes(given_up.seen)
    lsn = log.append(b"two")

    assert bytes(given_up.seen) == before
    assert segments(disk) == [
        "segment-00000000000000000001.wal",
        "segment-00000000000000000003.wal",
    ]
    assert (log.read(1), log.read(lsn)) == (b"one", b"two")
    assert log.statistics().failed_syncs == 1
    assert log.statistics().pending_records == 2
    log.close()


def test_what_a_failed_sync_refused_does_not_count_after_a_restart(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog
) -> None:
    log.append(b"one")
    refuse(log, files, "fdatasync")
    assert log.append(b"two") == 3
    log.close()

    again = open_log(FOLDER, WIDE, FakeFiles(disk))

    assert held(again) == {1: b"one", 3: b"two"}
    assert again.statistics().damaged_records == 0
    again.close()


def test_it_does_not_count_either_when_it_could_not_be_cut_off(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog
) -> None:
    log.append(b"one")
    refuse(log, files, "fdatasync", "truncate")
    assert b"refused" in disk.seen[FOLDER]["segment-00000000000000000001.wal"].seen
    log.append(b"two")
    log.close()

    again = open_log(FOLDER, WIDE, FakeFiles(disk))

    assert held(again) == {1: b"one", 3: b"two"}
    assert again.statistics().damaged_records == 0
    again.close()


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_after_two_failed_syncs_in_a_row_appends_are_refused_at_once(
    files: FakeFiles, log: WriteAheadLog, error: int
) -> None:
    log.append(b"one")
    refuse(log, files, "fdatasync", error=error)
    assert log.statistics().is_writable
    refuse(log, files, "fdatasync", error=error)
    assert not log.statistics().is_writable
    before = len(files.calls)

    assert "again and again" in refuse(log, files)

    assert len(files.calls) == before
    assert log.read(1) == b"one"
    log.close()


def test_a_later_append_tries_again(files: FakeFiles, log: WriteAheadLog) -> None:
    for _ in range(2):
        refuse(log, files, "fdatasync")
    files.now += 4.9
    assert "again and again" in refuse(log, files)

    files.now += 0.1
    assert "a sync failed" in refuse(log, files, "fdatasync")
    assert "again and again" in refuse(log, files)

    files.now += 5
    assert log.read(log.append(b"two")) == b"two"
    assert log.statistics().is_writable
    log.close()


def test_while_one_append_tries_again_the_others_are_refused_at_once(disk: FakeDisk) -> None:
    class HangingFiles(FakeFiles):
        hangs = False
        is_reached = threading.Event()
        may_go_on = threading.Event()

        def fdatasync(self, descriptor: int) -> None:
            if self.hangs:
                self.is_reached.set()
                self.may_go_on.wait()
            super().fdatasync(descriptor)

    files = HangingFiles(disk)
    log = open_log(FOLDER, WIDE, files)
    for _ in range(2):
        refuse(log, files, "fdatasync")
    files.now += 5
    files.hangs = True
    with ThreadPoolExecutor(1) as thread:
        probe = thread.submit(log.append, b"one")
        files.is_reached.wait()

        assert "again and again" in refuse(log, files)

        files.may_go_on.set()
        assert log.read(probe.result()) == b"one"
    log.close()


def test_what_had_queued_when_the_disk_failed_again_is_not_tried(disk: FakeDisk) -> None:
    class HangingFiles(FakeFiles):
        may_go_on = threading.Event()

        def fdatasync(self, descriptor: int) -> None:
            self.may_go_on.wait()
            super().fdatasync(descriptor)

    files = HangingFiles(disk)
    log = open_log(FOLDER, WIDE, files)
    files.may_go_on.set()
    refuse(log, files, "fdatasync")
    files.may_go_on.clear()
    files.fail_calls = {"fdatasync"}
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(log.append, b"one")
        eventually(lambda: files.calls[-1] == "write", "its sync has begun")
        others = [threads.submit(log.append, b"others") for _ in range(5)]
        eventually(lambda: log.statistics().waiting == 5, "they have queued")
        files.may_go_on.set()

        assert isinstance(first.exception(), LogUnavailableError)
        assert all("again and again" in str(other.exception()) for other in others)
    assert log.statistics().failed_syncs == 2
    log.close()


def test_a_success_between_two_failures_starts_the_count_anew(
    files: FakeFiles, log: WriteAheadLog
) -> None:
    for _ in range(4):
        refuse(log, files, "fdatasync")
        log.append(b"between")

    assert log.statistics().is_writable
    assert log.statistics().failed_syncs == 4
    log.close()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_without_room_the_file_is_cut_back_and_goes_on_later(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog, error: int
) -> None:
    log.append(b"one")
    before = bytes(disk.seen[FOLDER]["segment-00000000000000000001.wal"].seen)

    for _ in range(5):
        refuse(log, files, "write", error=error)
        assert bytes(disk.seen[FOLDER]["segment-00000000000000000001.wal"].seen) == before

    assert log.append(b"two") == 2
    assert segments(disk) == ["segment-00000000000000000001.wal"]
    assert log.statistics().is_writable
    log.close()


def test_a_file_that_may_not_grow_gives_way_to_another(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog
) -> None:
    log.append(b"one")
    refuse(log, files, "write", error=errno.EFBIG)

    assert log.append(b"two") == 2

    assert len(segments(disk)) == 2
    log.close()


def test_a_write_that_can_neither_be_ended_nor_taken_back_gives_up_the_file(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog
) -> None:
    log.append(b"one")
    refuse(log, files, "write", "truncate", error=errno.ENOSPC)

    assert log.append(b"two") == 3
    log.close()

    again = open_log(FOLDER, WIDE, FakeFiles(disk))
    assert held(again) == {1: b"one", 3: b"two"}
    assert again.statistics().damaged_records == 0
    again.close()


@pytest.mark.parametrize("call", ["create", "write", "sync_folder"])
def test_a_segment_that_cannot_be_begun_leaves_nothing(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog, call: str
) -> None:
    refuse(log, files, call)

    assert segments(disk) == []
    assert log.append(b"one") == 1
    log.close()


def test_nor_does_its_name_come_back_if_it_cannot_be_removed(
    disk: FakeDisk, files: FakeFiles, log: WriteAheadLog
) -> None:
    refuse(log, files, "write", "unlink")

    assert log.append(b"one") == 2
    assert log.read(2) == b"one"
    log.finish([2])
    log.close()
    assert segments(disk) == []


def test_a_segment_stays_until_the_checkpoint_is_durable(disk: FakeDisk, files: FakeFiles) -> None:
    log = open_log(FOLDER, SMALL, files)
    for _ in range(3):
        log.append(b"x" * 100)
    for call in ("create", "write", "fdatasync", "rename", "sync_folder"):
        files.fail_calls = {call}
        log.finish([1, 2])
        assert len(segments(disk)) == 2
        files.fail_calls = set()
    assert log.statistics().failed_checkpoints == 5

    log.finish([])

    assert segments(disk) == ["segment-00000000000000000003.wal"]
    log.close()


def test_a_segment_that_cannot_be_removed_goes_the_next_time(
    disk: FakeDisk, files: FakeFiles
) -> None:
    log = open_log(FOLDER, SMALL, files)
    for _ in range(3):
        log.append(b"x" * 100)
    # The first unlink is of a temporary file; there is none.
    files.fail_calls = {"unlink"}
    log.finish([1, 2])
    files.fail_calls = set()

    log.finish([3])

    assert segments(disk) == ["segment-00000000000000000003.wal"]
    log.close()


def test_a_full_log_lets_go_first_of_what_it_could_not_let_go_before(files: FakeFiles) -> None:
    log = open_log(FOLDER, SMALL, files)
    *_, last = fill(log, 1_000)
    files.fail_calls = {"fdatasync"}
    log.finish(range(1, last))
    files.fail_calls = set()

    assert log.append(b"x" * 1_000) == last + 1
    log.close()


def test_a_record_that_cannot_be_read_now_is_not_gone(files: FakeFiles, log: WriteAheadLog) -> None:
    log.append(b"one")
    files.fail_calls, files.error = {"open"}, errno.EMFILE
    with pytest.raises(LogUnavailableError, match="cannot be read"):
        log.read(1)
    files.fail_calls = set()

    assert log.read(1) == b"one"
    log.close()


def test_a_record_on_a_bad_place_of_the_disk_is_damaged(
    files: FakeFiles, log: WriteAheadLog
) -> None:
    log.append(b"one")
    log.append(b"two")
    files.fail_calls = {"read"}
    with pytest.raises(LookupError, match="damaged"):
        log.read(1)
    files.fail_calls = set()

    with pytest.raises(LookupError, match="not in the log"):
        log.read(1)
    assert log.read(2) == b"two"
    assert log.statistics().damaged_records == 1
    assert log.statistics().pending_records == 1
    log.close()
