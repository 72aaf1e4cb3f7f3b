"""What a log makes of the files that it finds."""

import errno
from pathlib import Path

import pytest

from app.stores.write_ahead_log import records
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.log import LogUnavailableError, WriteAheadLog
from tests.stores.write_ahead_log.fake_disk import FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import (
    SMALL,
    WIDE,
    crash,
    damaged,
    held,
    open_log,
    segments,
)

FIRST = "segment-00000000000000000001.wal"
RECORD = 20


@pytest.fixture
def four(folder: Path) -> Path:
    """A segment of four records, left by a process that was killed."""
    log = open_log(folder, WIDE)
    for number in range(1, 5):
        log.append(b"payload %d" % number)
    crash(log)
    return folder / FIRST


def payloads(*numbers: int) -> dict[int, bytes]:
    return {number: b"payload %d" % number for number in numbers}


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


def test_a_bad_record_is_copied_aside_and_the_others_are_kept(four: Path) -> None:
    whole = bytearray(four.read_bytes())
    start = 32 + RECORD + len("payload 1")
    whole[start + RECORD] ^= 1
    four.write_bytes(whole)

    log = open_log(four.parent)

    assert held(log) == payloads(1, 3, 4)
    assert log.statistics().damaged_records == 1
    (copy,) = damaged(four.parent)
    assert copy.name == "segment-00000000000000000001-61-90.bin"
    assert copy.read_bytes() == whole[start : start + RECORD + len("payload 2")]
    log.close()


def test_damage_is_counted_at_each_start_and_copied_once(four: Path) -> None:
    whole = bytearray(four.read_bytes())
    whole[60] ^= 1
    four.write_bytes(whole)

    for _ in range(3):
        log = open_log(four.parent)
        assert held(log) == payloads(2, 3, 4)
        assert log.statistics().damaged_records == 1
        log.close()

    assert len(damaged(four.parent)) == 1


def test_several_bad_records_in_a_row_are_all_counted(four: Path) -> None:
    whole = bytearray(four.read_bytes())
    whole[32:90] = b"\xaa" * 58
    four.write_bytes(whole)

    log = open_log(four.parent)

    assert held(log) == payloads(3, 4)
    assert log.statistics().damaged_records == 2
    log.close()


def test_a_file_of_rubbish_is_damage(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "segment-00000000000000000005.wal").write_bytes(b"\xf7recubbish" * 1_000)

    log = open_log(folder)

    assert log.unfinished() == []
    assert log.statistics().damaged_records > 0
    assert log.append(b"x") == 6
    log.close()


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


def test_a_payload_that_looks_like_records_is_not_taken_for_them(folder: Path) -> None:
    inner = open_log(folder / "inner", WIDE)
    for number in range(1, 4):
        inner.append(b"forged %d" % number)
    crash(inner)
    forged = (folder / "inner" / FIRST).read_bytes()
    log = open_log(folder, WIDE)
    log.append(forged)
    log.append(b"two")
    crash(log)
    path = folder / FIRST
    whole = bytearray(path.read_bytes())
    whole[32 + RECORD] ^= 1
    path.write_bytes(whole)

    again = open_log(folder)

    assert held(again) == {2: b"two"}
    again.close()


def test_nor_is_a_forged_record_of_a_far_number(folder: Path) -> None:
    log = open_log(folder, WIDE)
    log.append(records.record_header(1_000, b"forged") + b"forged")
    log.append(b"two")
    crash(log)
    path = folder / FIRST
    whole = bytearray(path.read_bytes())
    whole[36] ^= 0x80  # the length of the first record
    path.write_bytes(whole)

    again = open_log(folder)

    assert held(again) == {2: b"two"}
    assert again.append(b"three") == 3
    again.close()


def test_a_bad_length_that_leads_to_a_record_further_on_skips_no_good_one(four: Path) -> None:
    whole = bytearray(four.read_bytes())
    whole[36] = len("payload 1") + RECORD + len("payload 2")
    four.write_bytes(whole)

    log = open_log(four.parent)

    assert held(log) == payloads(2, 3, 4)
    assert log.statistics().damaged_records == 1
    log.close()


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


def test_a_copy_that_cannot_be_made_keeps_the_whole_segment(four: Path) -> None:
    class NoRoom(Files):
        def create(self, path: Path) -> int:
            if path.parent.name == "damaged":
                raise OSError(errno.ENOSPC, "no")
            return super().create(path)

    whole = bytearray(four.read_bytes())
    whole[60] ^= 1
    four.write_bytes(whole)

    log = open_log(four.parent, WIDE, NoRoom())
    log.finish(log.unfinished())
    log.close()

    assert segments(four.parent) == []
    (kept,) = damaged(four.parent)
    assert kept.name == FIRST
    assert kept.read_bytes() == whole


def test_damage_that_comes_while_the_log_is_open_is_found_at_reading(four: Path) -> None:
    log = open_log(four.parent)
    whole = bytearray(four.read_bytes())
    whole[60] ^= 1
    four.write_bytes(whole)

    with pytest.raises(LookupError, match="was damaged"):
        log.read(1)

    assert {lsn: log.read(lsn) for lsn in log.unfinished()} == payloads(2, 3, 4)
    assert log.statistics().damaged_records == 1
    assert damaged(four.parent)[0].read_bytes() == whole[32:61]
    log.close()


def test_a_segment_that_somebody_removed_is_not_read_for_ever(four: Path) -> None:
    log = open_log(four.parent)
    four.unlink()

    for lsn in (1, 2, 3, 4):
        with pytest.raises(LookupError, match="was damaged"):
            log.read(lsn)

    assert log.statistics().damaged_records == 4
    assert log.statistics().pending_records == 0
    log.finish([1, 2, 3, 4])
    assert log.append(b"five") == 5
    log.close()


def test_of_a_file_with_a_bad_place_the_rest_is_kept(folder: Path) -> None:
    class BadSector(Files):
        def read(self, descriptor: int, size: int, offset: int) -> bytes:
            if offset < 10_000 < offset + size:
                raise OSError(errno.EIO, "a bad place")
            return super().read(descriptor, size, offset)

    log = open_log(folder, WIDE)
    for number in range(40):
        log.append(b"%d" % number + bytes(1_000))
    crash(log)
    size = (folder / FIRST).stat().st_size

    again = open_log(folder, WIDE, BadSector())

    lost = set(range(1, 41)) - set(again.unfinished())
    assert 1 <= len(lost) <= 6
    assert again.statistics().damaged_records == len(lost)
    assert (folder / FIRST).stat().st_size == size
    again.close()
    healed = open_log(folder, WIDE)
    assert healed.unfinished() == list(range(1, 41))
    healed.close()


def test_a_tail_that_cannot_be_read_is_not_cut_off(folder: Path) -> None:
    class BadEnd(Files):
        def read(self, descriptor: int, size: int, offset: int) -> bytes:
            if offset + size > 40_000:
                raise OSError(errno.EIO, "a bad place")
            return super().read(descriptor, size, offset)

    log = open_log(folder, WIDE)
    for number in range(40):
        log.append(b"%d" % number + bytes(1_000))
    crash(log)

    again = open_log(folder, WIDE, BadEnd())
    assert again.statistics().damaged_records >= 1
    again.close()

    healed = open_log(folder, WIDE)
    assert healed.unfinished() == list(range(1, 41))
    healed.close()


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
