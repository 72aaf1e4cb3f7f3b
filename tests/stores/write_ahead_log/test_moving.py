"""Records that wait long do not keep the log full: they are written again at the end."""

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.log import LogFullError, LogLimits, WriteAheadLog
from tests.stores.write_ahead_log.fake_disk import FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import fill, held, open_log, segments

#: Ten segments of eight records of 100 bytes.
LIMITS = LogLimits(segment_bytes=1_000, most_bytes=10_000, free_bytes=0)
FOLDER = Path("/disk/log")


def flow(log: WriteAheadLog, records: int) -> None:
    """Others write, and their records are stored at once."""
    for _ in range(records):
        log.finish([log.append(b"x" * 100)])


def park(log: WriteAheadLog, number: int) -> dict[int, bytes]:
    """Records that wait long, one in a segment each."""
    parked: dict[int, bytes] = {}
    for _ in range(number):
        payload = b"parked %d" % len(parked) + bytes(90)
        parked[log.append(payload)] = payload
        flow(log, 8)
    return parked


def test_a_few_records_that_wait_long_hold_up_nobody() -> None:
    disk = FakeDisk()
    log = open_log(FOLDER, LIMITS, FakeFiles(disk))

    parked = park(log, 30)
    flow(log, 1_000)

    assert log.statistics().disk_bytes <= 10_000
    assert log.statistics().pending_records == 30
    assert log.statistics().pending_bytes == sum(map(len, parked.values()))
    assert {lsn: log.read(lsn) for lsn in parked} == parked
    assert {lsn: log.size(lsn) for lsn in parked} == {
        lsn: len(payload) for lsn, payload in parked.items()
    }
    # Less than is written, although a third of the log waits.
    assert 30 < log.statistics().moved_records < 1_000
    log.finish(parked)
    assert log.statistics().pending_records == 0
    log.remove()
    assert FOLDER not in disk.seen


def test_while_there_is_room_nothing_moves(folder: Path) -> None:
    log = open_log(folder, LIMITS)

    park(log, 6)

    assert log.statistics().moved_records == 0
    log.close()


def test_what_has_moved_is_found_once_after_a_restart(folder: Path) -> None:
    log = open_log(folder, LIMITS)
    parked = park(log, 30)
    assert log.statistics().moved_records > 0
    log.close()

    again = open_log(folder, LIMITS)

    # Finished ones of the last segments may come back as well.
    found = [payload for payload in held(again).values() if payload.startswith(b"parked")]
    assert sorted(found) == sorted(parked.values())
    again.close()


def test_what_has_moved_is_still_among_what_was_there_at_the_start(folder: Path) -> None:
    log = open_log(folder, LIMITS)
    parked = park(log, 7)
    log.close()
    log = open_log(folder, LIMITS)
    there = held(log)
    log.finish(there.keys() - parked.keys())

    park(log, 8)

    assert log.statistics().moved_records > 0
    assert held(log) == parked
    assert list(log.unfinished_behind(min(parked))) == sorted(parked)[1:]
    log.close()


def test_when_more_than_half_is_needed_the_log_is_full(folder: Path) -> None:
    log = open_log(folder, LIMITS)
    accepted = fill(log, 100)

    log.finish(accepted[::8])
    with pytest.raises(LogFullError):
        log.append(b"x" * 100)
    assert log.statistics().moved_records == 0

    log.finish(accepted[::2])
    assert log.append(b"x" * 100) > accepted[-1]
    assert log.statistics().moved_records > 0
    log.close()


def test_on_a_disk_with_little_room_records_move_as_well(folder: Path) -> None:
    class SmallDisk(Files):
        def free_bytes(self, folder: Path) -> int:
            return 10_000 - sum(path.stat().st_size for path in folder.glob("*.wal"))

    log = open_log(folder, LogLimits(1_000, 10**9, free_bytes=0), SmallDisk())

    parked = park(log, 30)

    assert {lsn: log.read(lsn) for lsn in parked} == parked
    assert len(segments(folder)) <= 11
    log.close()


def test_a_record_that_is_finished_while_it_is_copied_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(folder, LIMITS)
    parked = park(log, 7)
    lsn, *others = parked
    appender = log._appender  # noqa: SLF001
    append = appender.append

    def finish_and_append(payloads: Sequence[bytes], moved_from: Sequence[int] = ()) -> int:
        if lsn in moved_from:
            log.finish([lsn])
        return append(payloads, moved_from)

    monkeypatch.setattr(appender, "append", finish_and_append)
    later = park(log, 8)

    assert log.statistics().moved_records > 0
    assert log.statistics().pending_records == len(others) + len(later)
    with pytest.raises(LookupError):
        log.read(lsn)
    assert [log.read(other) for other in others] == [parked[other] for other in others]
    log.close()


def test_a_record_that_moves_while_it_is_read_is_read_where_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(folder, LIMITS)
    parked = park(log, 7)
    lsn = min(parked)
    places = log._segments  # noqa: SLF001
    find = places.find

    def find_and_move(wanted: int) -> object:
        place = find(wanted)
        monkeypatch.undo()
        park(log, 8)
        return place

    monkeypatch.setattr(places, "find", find_and_move)

    assert log.read(lsn) == parked[lsn]
    assert log.statistics().moved_records > 0
    assert log.statistics().damaged_records == 0
    log.close()


def test_a_record_that_cannot_be_read_now_moves_later() -> None:
    files = FakeFiles(FakeDisk())
    log = open_log(FOLDER, LIMITS, files)
    parked = park(log, 7)
    files.fail_calls, files.error = {"open"}, errno.EMFILE

    with pytest.raises(LogFullError):
        park(log, 8)
    assert log.statistics().moved_records == 0
    files.fail_calls = set()
    park(log, 8)

    assert log.statistics().moved_records > 0
    assert {lsn: log.read(lsn) for lsn in parked} == parked
    log.close()


def test_a_damaged_record_among_them_is_told_and_the_others_move() -> None:
    disk = FakeDisk()
    log = open_log(FOLDER, LIMITS, FakeFiles(disk))
    payloads = [b"one" + bytes(90), b"two" + bytes(90), b"three" + bytes(90)]
    one, two, three = (log.append(payload) for payload in payloads)
    file = disk.seen[FOLDER]["segment-00000000000000000001.wal"]
    at = file.seen.index(b"two")
    file.seen[at : at + 3] = b"2nd"

    park(log, 10)

    assert (log.read(one), log.read(three)) == (payloads[0], payloads[2])
    with pytest.raises(LookupError):
        log.read(two)
    assert log.statistics().damaged_records == 1
    assert log.statistics().pending_records == 2 + 10
    log.close()
