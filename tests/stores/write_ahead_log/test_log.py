"""What a log does on a disk that works."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.log import (
    LogFullError,
    LogLimits,
    LogUnavailableError,
    WriteAheadLog,
)
from tests.engine.eventually import eventually
from tests.stores.write_ahead_log.logs import (
    FIRST,
    SMALL,
    WIDE,
    crash,
    fill,
    held,
    open_log,
    segments,
)


class SlowFiles(Files):
    """Syncs wait until they may."""

    def __init__(self) -> None:
        self.may_sync = threading.Event()

    def fdatasync(self, descriptor: int) -> None:
        self.may_sync.wait()
        super().fdatasync(descriptor)


class CrowdedLog:
    """A log in whose first sync appends have queued."""

    def __init__(self, folder: Path, limits: LogLimits, first: bytes, others: list[bytes]) -> None:
        self.files = SlowFiles()
        self.log = open_log(folder, limits, self.files)
        self.threads = ThreadPoolExecutor(len(others) + 2)
        self.first = self.threads.submit(self.log.append, first)
        eventually(lambda: self.log.statistics().disk_bytes, "its sync has begun")
        self.others = [self.threads.submit(self.log.append, payload) for payload in others]
        eventually(lambda: self.log.statistics().waiting == len(others), "they have queued")


def test_what_is_appended_can_be_read(log: WriteAheadLog) -> None:
    lsns = [log.append(payload) for payload in (b"one", b"", b"\x00" * 1_000, "é".encode())]

    assert lsns == [1, 2, 3, 4]
    assert [log.read(lsn) for lsn in lsns] == [b"one", b"", b"\x00" * 1_000, "é".encode()]


def test_what_is_finished_or_was_never_there_cannot_be_read(log: WriteAheadLog) -> None:
    lsn = log.append(b"one")
    log.finish([lsn, 77, 0, -1])

    for gone in (lsn, 77, 0, -1):
        with pytest.raises(LookupError, match="is not in the log"):
            log.read(gone)


def test_a_record_is_finished_once(log: WriteAheadLog) -> None:
    log.append(b"one")
    log.append(b"three")

    log.finish([1, 1])
    log.finish([1])

    assert (log.statistics().pending_records, log.statistics().pending_bytes) == (1, 5)


def test_the_bytes_on_the_disk_are_as_described(folder: Path, log: WriteAheadLog) -> None:
    log.append(b"one")

    header = "f777616c07afe422010000000000000000000000000000000000000000000000"
    record = "f772656303000000cf31242f01000000000000006f6e65"
    assert (folder / FIRST).read_bytes().hex() == header + record


def test_only_this_user_can_read_the_files(folder: Path, log: WriteAheadLog) -> None:
    log.append(b"one")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_after_a_crash_what_was_not_finished_is_found_in_order(
    folder: Path, log: WriteAheadLog
) -> None:
    for number in range(1, 21):
        log.append(b"payload %d" % number)
    log.finish([20, 3, 7])
    crash(log)

    again = open_log(folder)

    assert set(again.unfinished()) >= set(range(1, 21)) - {3, 7, 20}
    assert again.unfinished() == sorted(again.unfinished())
    assert all(payload == b"payload %d" % lsn for lsn, payload in held(again).items())
    again.close()


def test_a_clean_end_remembers_up_to_where_all_is_finished(
    folder: Path, log: WriteAheadLog
) -> None:
    for number in range(1, 6):
        log.append(b"payload %d" % number)
    log.finish([2, 1, 4])
    log.close()

    again = open_log(folder)

    # The fourth was finished too: that it comes back is harmless.
    assert again.unfinished() == [3, 4, 5]
    again.close()


def test_what_was_appended_since_the_start_is_not_in_unfinished(folder: Path) -> None:
    log = open_log(folder)
    log.append(b"one")
    log.close()
    log = open_log(folder)
    log.append(b"two")

    assert log.unfinished() == [1]
    log.finish([1])
    assert log.unfinished() == []
    log.close()


def test_numbers_go_on_after_all_segments_are_gone(folder: Path) -> None:
    for start in (1, 4, 7):
        log = open_log(folder)
        assert [log.append(b"x") for _ in range(3)] == [start, start + 1, start + 2]
        log.finish(range(start, start + 3))
        log.close()
        assert segments(folder) == []


def test_a_full_segment_is_closed_and_goes_when_it_is_finished(
    folder: Path, log: WriteAheadLog
) -> None:
    lsns = [log.append(b"x" * 100) for _ in range(5)]
    assert segments(folder) == [
        "segment-00000000000000000001.wal",
        "segment-00000000000000000003.wal",
        "segment-00000000000000000005.wal",
    ]

    log.finish([lsns[3], lsns[2]])
    assert segments(folder) == [
        "segment-00000000000000000001.wal",
        "segment-00000000000000000005.wal",
    ]

    log.finish([lsns[0], lsns[4]])
    assert len(segments(folder)) == 2
    assert log.read(lsns[1]) == b"x" * 100

    log.finish([lsns[1]])
    assert segments(folder) == ["segment-00000000000000000005.wal"]


def test_a_checkpoint_is_written_only_when_a_segment_can_go(
    folder: Path, log: WriteAheadLog
) -> None:
    for _ in range(3):
        log.append(b"x" * 100)

    log.finish([1])
    assert not (folder / "checkpoint").exists()

    log.finish([2])
    assert (folder / "checkpoint").exists()


def test_a_payload_may_be_larger_than_a_segment(log: WriteAheadLog) -> None:
    payloads = [b"a" * 20_000, b"b" * 5_000, b"c"]

    lsns = [log.append(payload) for payload in payloads]

    assert [log.read(lsn) for lsn in lsns] == payloads


def test_at_the_bound_nothing_more_is_accepted_until_something_is_finished(folder: Path) -> None:
    log = open_log(folder, LogLimits(segment_bytes=400, most_bytes=2_000, free_bytes=0))

    accepted = fill(log, 100)

    assert 10 < len(accepted) < 20
    assert log.statistics().disk_bytes <= 2_000
    assert log.statistics().is_writable
    with pytest.raises(LogFullError, match="2000 bytes"):
        log.append(b"x" * 100)
    log.finish(accepted[:8])
    assert log.append(b"x" * 100) == accepted[-1] + 1
    log.close()


def test_a_finished_log_has_room_again_however_small_the_bound(folder: Path) -> None:
    log = open_log(folder, LogLimits(segment_bytes=64 * 1024, most_bytes=1_000, free_bytes=0))

    for _ in range(50):
        log.finish([log.append(b"x" * 400)])

    assert log.statistics().disk_bytes <= 1_000
    log.close()


def test_the_bound_is_measured_from_the_files_at_a_start(folder: Path) -> None:
    limits = LogLimits(segment_bytes=400, most_bytes=2_000, free_bytes=0)
    log = open_log(folder, limits)
    fill(log, 100)
    crash(log)

    again = open_log(folder, limits)

    assert again.statistics().disk_bytes == sum(
        path.stat().st_size for path in folder.glob("*.wal")
    )
    with pytest.raises(LogFullError):
        again.append(b"x" * 100)
    again.close()


def test_with_too_little_room_on_the_disk_nothing_is_accepted(folder: Path) -> None:
    class FullDisk(Files):
        free = 10_000

        def free_bytes(self, folder: Path) -> int:
            return self.free

    files = FullDisk()
    log = open_log(folder, LogLimits(1_000, 100_000, free_bytes=9_900), files)
    with pytest.raises(LogUnavailableError, match="too little room") as caught:
        log.append(b"x" * 100)
    assert not isinstance(caught.value, LogFullError)

    files.free = 20_000
    assert log.append(b"x" * 100) == 1
    log.close()


def test_a_small_disk_has_room_again_when_all_of_an_open_segment_is_finished(folder: Path) -> None:
    class SmallDisk(Files):
        def free_bytes(self, folder: Path) -> int:
            return 3_000 - sum(path.stat().st_size for path in folder.glob("*.wal"))

    log = open_log(folder, WIDE, SmallDisk())
    for _ in range(3):
        accepted = fill(log, 400)
        assert len(accepted) > 3
        log.finish(accepted[1:])
        with pytest.raises(LogUnavailableError, match="too little room"):
            log.append(b"x" * 400)
        assert log.read(accepted[0]) == b"x" * 400

        log.finish(accepted[:1])
        log.finish([log.append(b"x" * 400)])

    assert len(segments(folder)) == 1
    log.close()


def test_all_that_queues_behind_a_sync_shares_the_next_one(folder: Path) -> None:
    payloads = [b"%d" % number for number in range(20)]
    crowded = CrowdedLog(folder, WIDE, b"first", payloads)

    crowded.files.may_sync.set()

    assert crowded.first.result() == 1
    assert [crowded.log.read(other.result()) for other in crowded.others] == payloads
    assert crowded.log.statistics().groups == 2
    crowded.log.close()


def test_a_group_is_no_larger_than_four_mebibytes_but_holds_one_record(folder: Path) -> None:
    crowded = CrowdedLog(
        folder, LogLimits(10**8, 10**9, 0), bytes(6_000_000), [bytes(1_500_000)] * 6
    )

    crowded.files.may_sync.set()

    assert crowded.first.result() == 1
    assert {other.result() for other in crowded.others} == {2, 3, 4, 5, 6, 7}
    assert crowded.log.statistics().groups == 4
    crowded.log.close()


def test_the_bound_holds_within_a_group(folder: Path) -> None:
    limits = LogLimits(segment_bytes=1_000, most_bytes=2_000, free_bytes=0)
    crowded = CrowdedLog(folder, limits, bytes(100), [bytes(100)] * 30)

    crowded.files.may_sync.set()

    refusals = [other.exception() for other in crowded.others]
    assert refusals.count(None) == 15
    assert {type(refusal) for refusal in refusals if refusal} == {LogFullError}
    assert crowded.log.statistics().disk_bytes <= 2_000
    crowded.log.close()


def test_what_queues_before_a_disk_that_hangs_is_bounded(folder: Path) -> None:
    limits = LogLimits(free_bytes=0, queued_bytes=25_000)
    crowded = CrowdedLog(folder, limits, b"first", [bytes(10_000)] * 2)

    with pytest.raises(LogFullError, match="does not keep up"):
        crowded.log.append(bytes(10_000))
    assert crowded.log.statistics().waiting == 2

    crowded.files.may_sync.set()
    assert {other.result() for other in crowded.others} == {2, 3}
    assert crowded.log.append(bytes(10_000)) == 4
    crowded.log.close()


def test_one_payload_may_be_larger_than_that_bound(folder: Path) -> None:
    log = open_log(folder, LogLimits(free_bytes=0, queued_bytes=1_000))

    assert log.append(bytes(10_000)) == 1
    log.close()


def test_a_segment_that_went_is_not_kept_open(folder: Path, log: WriteAheadLog) -> None:
    for _ in range(3):
        log.append(b"x" * 100)
    assert log.read(1) == b"x" * 100

    log.finish([1, 2])

    open_files = [
        str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()
    ]
    assert [path for path in open_files if str(folder) in path and "deleted" in path] == []


def test_many_threads_append_read_and_finish_at_once(folder: Path) -> None:
    log = open_log(folder, LogLimits(segment_bytes=20_000, most_bytes=10**8, free_bytes=0))

    def work(thread: int) -> dict[int, bytes]:
        kept = {}
        for number in range(150):
            payload = b"thread %d, payload %d" % (thread, number)
            lsn = log.append(payload)
            assert log.read(lsn) == payload
            if number % 3:
                log.finish([lsn])
            else:
                kept[lsn] = payload
        return kept

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(work, range(16)))

    kept = {lsn: payload for result in results for lsn, payload in result.items()}
    assert len(kept) == 16 * 50
    assert {lsn: log.read(lsn) for lsn in kept} == kept
    assert log.statistics().pending_records == 800
    log.close()
    again = open_log(folder)
    assert {lsn: again.read(lsn) for lsn in kept} == kept
    again.close()


def test_many_threads_get_distinct_numbers(log: WriteAheadLog) -> None:
    def work(thread: int) -> list[tuple[int, bytes]]:
        payloads = [b"%d/%d" % (thread, number) for number in range(100)]
        return [(log.append(payload), payload) for payload in payloads]

    with ThreadPoolExecutor(32) as threads:
        pairs = [pair for result in threads.map(work, range(32)) for pair in result]

    assert Counter(lsn for lsn, _ in pairs) == Counter(range(1, 3_201))
    assert all(log.read(lsn) == payload for lsn, payload in pairs)


def test_a_closed_log_takes_nothing_and_closing_it_again_is_nothing(log: WriteAheadLog) -> None:
    log.append(b"one")

    log.close()
    log.close()

    with pytest.raises(LogUnavailableError, match="closed"):
        log.append(b"two")
    assert not log.statistics().is_writable


def test_close_waits_for_what_is_queued(folder: Path) -> None:
    crowded = CrowdedLog(folder, WIDE, b"x", [b"y", b"z"])

    closing = crowded.threads.submit(crowded.log.close)
    crowded.files.may_sync.set()
    closing.result()

    assert {future.result() for future in (crowded.first, *crowded.others)} == {1, 2, 3}
    again = open_log(folder)
    assert again.unfinished() == [1, 2, 3]
    again.close()


def test_the_figures_of_a_log(log: WriteAheadLog) -> None:
    for _ in range(4):
        log.append(b"x" * 80)
    log.finish([1])

    statistics = log.statistics()

    assert (statistics.pending_records, statistics.pending_bytes) == (3, 240)
    assert statistics.disk_bytes == 2 * 32 + 4 * 100
    assert statistics.groups == 4
    assert statistics.is_writable
    assert statistics.damaged_records == statistics.torn_tails == statistics.failed_syncs == 0


def test_the_limits_are_bounded_by_each_other() -> None:
    assert SMALL.roll_bytes == 200
    assert LogLimits().roll_bytes == 64 * 1024 * 1024
    assert LogLimits(most_bytes=1_000).roll_bytes == 250
