"""What a log makes of the files that it finds after a crash."""

import errno
from pathlib import Path

import pytest

from app.stores.write_ahead_log import checkpoint
from app.stores.write_ahead_log.checkpoint import Checkpoint
from app.stores.write_ahead_log.files import REAL_FILES, Files
from app.stores.write_ahead_log.log import LogUnavailableError, WriteAheadLog
from tests.stores.write_ahead_log.fake_disk import FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import (
    FIRST,
    RECORD,
    SMALL,
    WIDE,
    crash,
    damaged,
    held,
    open_log,
    payloads,
    segments,
)


def test_an_empty_folder_is_an_empty_log(log: WriteAheadLog) -> None:
    assert log.unfinished() == []
    assert log.append(b"one") == 1


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", bytes(32), bytes(33), b"\xf7cpt" + bytes(28), b"x" * 10_000]
)
def test_a_bad_checkpoint_makes_all_unfinished_again(folder: Path, content: bytes) -> None:
    log = open_log(folder, WIDE)
    for number in range(1, 5):
        log.append(b"payload %d" % number)
    log.finish([1, 2])
    log.close()
    (folder / "checkpoint").write_bytes(content)

    again = open_log(folder)

    assert held(again) == payloads(1, 2, 3, 4)
    assert again.append(b"five") == 5
    assert again.statistics().damaged_records == 0
    again.close()


def test_a_lost_checkpoint_makes_all_unfinished_again(folder: Path) -> None:
    log = open_log(folder, WIDE)
    for number in range(1, 5):
        log.append(b"payload %d" % number)
    log.finish([1, 2])
    log.close()
    (folder / "checkpoint").unlink()

    again = open_log(folder)

    assert held(again) == payloads(1, 2, 3, 4)
    again.close()


def test_a_torn_checkpoint_that_was_not_put_in_place_does_not_matter(four: Path) -> None:
    (four.parent / "checkpoint.new").write_bytes(b"\xf7cp")

    log = open_log(four.parent)

    log.finish(log.unfinished())
    assert held(log) == {}
    log.close()
    assert not (four.parent / "checkpoint.new").exists()


def test_a_checkpoint_may_point_past_the_segments(folder: Path) -> None:
    log = open_log(folder)
    for _ in range(9):
        log.append(b"x" * 100)
    old = (folder / FIRST).read_bytes()
    log.finish(range(1, 10))
    log.close()
    # As if the removal of the segment had not reached the disk.
    (folder / FIRST).write_bytes(old)

    again = open_log(folder)

    assert again.unfinished() == []
    assert again.append(b"x") == 10
    again.close()


def test_a_checkpoint_may_point_before_the_segments(folder: Path) -> None:
    log = open_log(folder)
    for _ in range(9):
        log.append(b"x" * 100)
    log.finish([1, 2])
    old = (folder / "checkpoint").read_bytes()
    log.finish([3, 4, 5, 6])
    log.close()
    (folder / "checkpoint").write_bytes(old)

    again = open_log(folder)

    assert again.unfinished() == [7, 8, 9]
    assert again.append(b"x") == 10
    assert again.statistics().damaged_records == 0
    again.close()


def test_finished_segments_are_not_read_again(folder: Path) -> None:
    log = open_log(folder)
    for _ in range(6):
        log.append(b"x" * 100)
    first, second = (folder / name for name in segments(folder)[:2])
    log.finish([1, 2])
    log.finish([3, 4])
    log.close()
    for path in (first, second):
        path.write_bytes(b"it does not matter what is in here")

    again = open_log(folder)

    assert again.unfinished() == [5, 6]
    assert again.statistics().damaged_records == 0
    assert not first.exists()
    assert not second.exists()
    again.close()


@pytest.mark.parametrize("cut", range(1, RECORD + len("payload 4")))
def test_a_torn_tail_is_cut_off(four: Path, cut: int) -> None:
    whole = four.read_bytes()
    four.write_bytes(whole[:-cut])

    log = open_log(four.parent)

    assert held(log) == payloads(1, 2, 3)
    assert log.statistics().torn_tails == 1
    assert log.statistics().damaged_records == 0
    assert four.stat().st_size == len(whole) - RECORD - len("payload 4")
    assert damaged(four.parent) == []
    assert log.append(b"four") == 4
    log.close()


@pytest.mark.parametrize("zeros", [1, 19, 20, 5_000])
def test_room_that_was_never_written_to_is_a_torn_tail(four: Path, zeros: int) -> None:
    whole = four.read_bytes()
    four.write_bytes(whole + bytes(zeros))

    log = open_log(four.parent)

    assert held(log) == payloads(1, 2, 3, 4)
    assert log.statistics().torn_tails == 1
    assert four.read_bytes() == whole
    log.close()


@pytest.mark.parametrize("cut", [1, 20, RECORD + len("payload 4")])
def test_a_tail_that_had_been_accepted_is_damage_when_the_checkpoint_knows(
    folder: Path, cut: int
) -> None:
    log = open_log(folder, WIDE)
    for number in range(1, 5):
        log.append(b"payload %d" % number)
    log.close()
    path = folder / FIRST
    path.write_bytes(path.read_bytes()[:-cut])

    again = open_log(folder)

    assert held(again) == payloads(1, 2, 3)
    assert again.statistics().damaged_records == 1
    assert again.append(b"five") == 5
    again.close()


def test_a_tail_that_had_been_accepted_is_damage_when_the_next_segment_knows(folder: Path) -> None:
    log = open_log(folder)
    for _ in range(3):
        log.append(b"x" * 100)
    crash(log)
    path = folder / FIRST
    path.write_bytes(path.read_bytes()[:-130])

    again = open_log(folder)

    assert again.unfinished() == [3]
    assert again.statistics().damaged_records == 2
    assert again.statistics().torn_tails == 0
    again.close()


def test_a_torn_tail_that_cannot_be_cut_is_passed_over(four: Path) -> None:
    class StubbornFiles(Files):
        def truncate(self, descriptor: int, size: int) -> None:
            raise OSError(errno.EROFS, "no")

    four.write_bytes(four.read_bytes()[:-3])

    log = open_log(four.parent, WIDE, StubbornFiles())
    assert log.append(b"four") == 4
    log.close()

    again = open_log(four.parent)
    assert held(again) == payloads(1, 2, 3) | {4: b"four"}
    assert again.statistics().damaged_records == 0
    again.close()


def test_files_of_other_names_are_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("segment-1.wal", "segment-00000000000000000001.wal.bak", "notes.txt"):
        (folder / name).write_text("mine")

    log = open_log(folder)
    log.append(b"x")
    log.finish([1])
    log.close()

    assert (folder / "notes.txt").read_text() == "mine"
    assert len(list(folder.glob("segment-*"))) == 2


def test_the_newest_segment_stays_as_long_as_an_older_one(folder: Path) -> None:
    log = open_log(folder)
    for _ in range(4):
        log.append(b"x" * 100)
    log.finish([3, 4])
    log.close()
    assert len(segments(folder)) == 2

    again = open_log(folder)

    assert {1, 2} <= set(again.unfinished())
    assert again.statistics().damaged_records == 0
    again.close()


def test_what_a_killed_process_had_not_synced_is_made_durable_at_the_start() -> None:
    disk = FakeDisk()
    files = FakeFiles(disk)
    log = open_log(Path("/disk/log"), WIDE, files)
    log.append(b"one")
    # The process dies between the write and the sync.
    files.die_at = len(files.calls) + 3
    with pytest.raises(LogUnavailableError):
        log.append(b"two")
    log.close()
    inode = disk.seen[Path("/disk/log")][FIRST]
    assert b"two" in inode.seen
    assert b"two" not in inode.durable

    again = open_log(Path("/disk/log"), WIDE, FakeFiles(disk))

    assert held(again) == {1: b"one", 2: b"two"}
    assert b"two" in inode.durable
    again.close()


def test_a_folder_that_cannot_be_read_now_can_be_opened_later(four: Path) -> None:
    class NoDescriptors(Files):
        def open(self, path: Path) -> int:
            raise OSError(errno.EMFILE, "no")

    with pytest.raises(LogUnavailableError, match="cannot be read"):
        open_log(four.parent, WIDE, NoDescriptors())

    log = open_log(four.parent)
    assert held(log) == payloads(1, 2, 3, 4)
    log.close()


def test_a_gap_of_refused_numbers_between_segments_is_not_damage(folder: Path) -> None:
    class OneBadSync(Files):
        is_bad = False

        def fdatasync(self, descriptor: int) -> None:
            if self.is_bad:
                self.is_bad = False
                raise OSError(errno.EIO, "no")
            super().fdatasync(descriptor)

    files = OneBadSync()
    log = open_log(folder, SMALL, files)
    log.append(b"one")
    files.is_bad = True
    with pytest.raises(LogUnavailableError):
        log.append(b"two")
    log.append(b"three")
    crash(log)

    again = open_log(folder)

    assert held(again) == {1: b"one", 3: b"three"}
    assert again.statistics().damaged_records == 0
    again.close()


def test_a_middle_segment_that_went_first_is_not_missed(folder: Path) -> None:
    log = open_log(folder)
    for _ in range(6):
        log.append(b"x" * 100)
    log.finish([3, 4])
    log.append(b"x" * 100)
    log.finish([5, 6])
    log.close()

    again = open_log(folder)

    assert again.unfinished() == [1, 2, 7]
    assert again.statistics().damaged_records == 0
    again.close()


def test_a_checkpoint_that_contradicts_itself_is_not_believed(four: Path) -> None:
    checkpoint.save(Checkpoint(finished_below=100, accepted=4, next_lsn=5), four.parent, REAL_FILES)

    log = open_log(four.parent)

    assert held(log) == payloads(1, 2, 3, 4)
    log.close()


def test_the_loss_of_what_was_finished_is_no_loss(folder: Path) -> None:
    log = open_log(folder, WIDE)
    for number in range(1, 5):
        log.append(b"payload %d" % number)
    whole = (folder / FIRST).read_bytes()
    log.finish([1, 2, 3, 4])
    log.close()
    # As if neither the removal of the segment nor all of its bytes had reached the disk.
    (folder / FIRST).write_bytes(whole[:-40])

    again = open_log(folder, WIDE)

    assert again.unfinished() == []
    assert again.statistics().damaged_records == 0
    again.close()
