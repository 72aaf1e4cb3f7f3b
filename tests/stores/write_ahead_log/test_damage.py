"""What a log makes of bytes that are not what was written."""

import errno
from pathlib import Path

import pytest

from app.stores.write_ahead_log import records
from app.stores.write_ahead_log.files import Files
from tests.stores.write_ahead_log.logs import (
    FIRST,
    RECORD,
    WIDE,
    crash,
    damaged,
    held,
    open_log,
    payloads,
    segments,
)


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


def test_a_file_that_could_not_be_read_whole_is_kept_when_it_is_finished(folder: Path) -> None:
    class BadSector(Files):
        def read(self, descriptor: int, size: int, offset: int) -> bytes:
            if offset < 10_000 < offset + size:
                raise OSError(errno.EIO, "a bad place")
            return super().read(descriptor, size, offset)

    log = open_log(folder, WIDE)
    for number in range(40):
        log.append(b"%d" % number + bytes(1_000))
    crash(log)
    whole = (folder / FIRST).read_bytes()

    again = open_log(folder, WIDE, BadSector())
    again.finish(again.unfinished())
    again.close()

    assert segments(folder) == []
    assert whole in [path.read_bytes() for path in damaged(folder)]


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
