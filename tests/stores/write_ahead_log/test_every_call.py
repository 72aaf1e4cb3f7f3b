"""Each call to the operating system fails once, in the whole life of a log."""

import errno
from pathlib import Path

import pytest

from app.stores.write_ahead_log.log import LogLimits, LogUnavailableError, WriteAheadLog
from tests.stores.write_ahead_log.fake_disk import Chance, FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import SMALL, held, open_log

FOLDER = Path("/disk/log")


def live(disk: FakeDisk, files: FakeFiles) -> tuple[dict[int, bytes], set[int]]:
    """The whole life of a log; answers what it accepted and what was finished of it."""
    accepted: dict[int, bytes] = {}
    finished: set[int] = set()

    def append(log: WriteAheadLog, payload: bytes) -> None:
        try:
            lsn = log.append(payload)
        except LogUnavailableError:
            files.now += 60
            return
        assert lsn not in accepted
        accepted[lsn] = payload

    def finish(log: WriteAheadLog, lsns: list[int]) -> None:
        finished.update(lsns)
        log.finish(lsns)

    def first(log: WriteAheadLog) -> None:
        for number in range(7):
            append(log, b"first %d" % number + bytes(80))
        finish(log, sorted(accepted)[:4])

    def second(log: WriteAheadLog) -> None:
        for number in range(3):
            append(log, b"second %d" % number + bytes(80))
        for lsn in log.unfinished():
            try:
                assert accepted.get(lsn) in (log.read(lsn), None)
            except (LogUnavailableError, LookupError):
                accepted.pop(lsn, None)  # the failing read of a bad disk
        finish(log, log.unfinished())

    for part in (first, second):
        try:
            log = open_log(FOLDER, SMALL, files)
        except LogUnavailableError:
            continue
        part(log)
        log.close()
    return accepted, finished


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EMFILE])
@pytest.mark.parametrize("seed", [None, 1, 2], ids=["goes on", "loses power", "otherwise"])
def test_whichever_call_fails_nothing_accepted_is_lost(error: int, seed: int | None) -> None:
    failing = 1
    while True:
        disk = FakeDisk()
        files = FakeFiles(disk)
        files.fail_at, files.error = failing, error
        accepted, finished = live(disk, files)
        if len(files.calls) < failing:
            break
        if seed is not None:
            disk.lose_power(Chance(seed))

        after = open_log(FOLDER, SMALL, FakeFiles(disk))

        found = held(after)
        assert accepted.keys() - finished <= found.keys(), (
            f"call {failing}: {files.calls[failing - 1]}"
        )
        assert all(accepted.get(lsn, payload) == payload for lsn, payload in found.items())
        assert after.append(b"goes on") > max(accepted, default=0)
        after.close()
        failing += 1
    assert failing > 100


def live_with_little_room(files: FakeFiles) -> tuple[set[bytes], int]:
    """A life in which records move; answers what was accepted and never finished, and how many moved."""
    limits = LogLimits(segment_bytes=200, most_bytes=1_000, free_bytes=0)
    waiting: set[bytes] = set()
    try:
        log = open_log(FOLDER, limits, files)
    except LogUnavailableError:
        return waiting, 0
    for number in range(40):
        payload = b"payload %d" % number + bytes(40)
        try:
            lsn = log.append(payload)
        except LogUnavailableError:
            files.now += 60
            continue
        if number % 4:
            log.finish([lsn])
        else:
            waiting.add(payload)
    moved = log.statistics().moved_records
    log.close()
    return waiting, moved


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EMFILE])
@pytest.mark.parametrize("seed", [None, 1, 2], ids=["goes on", "loses power", "otherwise"])
def test_nor_while_records_move(error: int, seed: int | None) -> None:
    failing = 1
    while True:
        disk = FakeDisk()
        files = FakeFiles(disk)
        files.fail_at, files.error = failing, error
        waiting, moved = live_with_little_room(files)
        if len(files.calls) < failing:
            break
        if seed is not None:
            disk.lose_power(Chance(seed))

        after = open_log(FOLDER, SMALL, FakeFiles(disk))

        assert waiting <= set(held(after).values()), f"call {failing}: {files.calls[failing - 1]}"
        assert after.statistics().damaged_records == 0
        after.close()
        failing += 1
    assert failing > 100
    assert moved > 1
