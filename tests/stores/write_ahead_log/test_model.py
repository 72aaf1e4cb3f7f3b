"""The log against a disk that forgets what was not synced, driven by hypothesis."""

import errno
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.stores.write_ahead_log.log import (
    LogFullError,
    LogLimits,
    LogUnavailableError,
    WriteAheadLog,
)
from tests.stores.write_ahead_log.fake_disk import Chance, FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import SMALL, open_log

FOLDER = Path("/disk/log")
SEEDS = st.integers(0, 2**32)


class TheLogOverAForgetfulDisk(RuleBasedStateMachine):
    """Appends, finishes, faults, clean and unclean ends, in any order.

    Attributes:
        moved: how many records have moved, in all runs.
    """

    LIMITS = SMALL
    moved = 0

    def __init__(self) -> None:
        super().__init__()
        self.disk = FakeDisk()
        self.accepted: dict[int, bytes] = {}
        self.finished: set[bytes] = set()
        self.tried: set[bytes] = set()
        self.refused: set[bytes] = set()
        self.unfinished: set[int] = set()
        self.log: WriteAheadLog
        self.files: FakeFiles

    @initialize()
    def begin(self) -> None:
        self.open()

    def open(self) -> None:
        self.files = FakeFiles(self.disk)
        self.log = open_log(FOLDER, self.LIMITS, self.files)
        lsns = self.log.unfinished()
        assert lsns == sorted(set(lsns))
        found = {lsn: self.log.read(lsn) for lsn in lsns}
        # Accepted and not finished: there. There: tried, and under its own number if accepted.
        self.check_that_all_is_in(found)
        assert set(found.values()) <= self.tried - self.refused
        for lsn, payload in found.items():
            assert self.accepted.setdefault(lsn, payload) == payload
        self.unfinished = set(found)

    def check_that_all_is_in(self, found: dict[int, bytes]) -> None:
        owed = {lsn for lsn, payload in self.accepted.items() if payload not in self.finished}
        assert owed <= found.keys()
        assert len(set(found.values())) == len(found)

    def append(self, payload: bytes) -> None:
        # A full log answers the trial of one that rests too, and it rests again until time has passed.
        self.files.now += 60
        payload = b"%d %s" % (len(self.tried), payload)
        self.tried.add(payload)
        self.refused.add(payload)
        try:
            lsn = self.log.append(payload)
        except LogFullError:
            assert self.LIMITS is not SMALL
            return
        self.refused.remove(payload)
        assert lsn not in self.accepted
        assert lsn > max(self.accepted, default=0)
        self.accepted[lsn] = payload
        self.unfinished.add(lsn)

    def lose_power(self, seed: int) -> None:
        self.note_moves()
        self.files.die_at = 1
        self.log.close()
        self.disk.lose_power(Chance(seed))
        # What was refused and cut off may come back with the power: the cut was not synced.
        self.refused.clear()

    @rule(payload=st.binary(max_size=150))
    def append_something(self, payload: bytes) -> None:
        self.append(payload)

    @rule(
        payload=st.binary(max_size=150),
        after=st.integers(1, 12),
        error=st.sampled_from([errno.EIO, errno.ENOSPC]),
    )
    def append_with_a_failing_call(self, payload: bytes, after: int, error: int) -> None:
        self.files.fail_at, self.files.error = len(self.files.calls) + after, error
        try:
            self.append(payload)
        except LogUnavailableError:
            assert len(self.files.calls) >= self.files.fail_at
        self.files.fail_at = 0
        self.files.now += 60

    @rule(payload=st.binary(max_size=300), after=st.integers(1, 16), seed=SEEDS)
    def append_while_power_goes(self, payload: bytes, after: int, seed: int) -> None:
        self.files.die_at = len(self.files.calls) + after
        try:
            self.append(payload)
        except LogUnavailableError:
            assert self.files.is_dead
        self.lose_power(seed)
        self.open()

    @rule(data=st.data())
    @precondition(lambda self: self.unfinished)
    def finish_some(self, data: st.DataObject) -> None:
        self.finish(data.draw(st.lists(st.sampled_from(sorted(self.unfinished)), max_size=8)))

    @rule(number=st.integers(3, 12), kept=st.integers(0, 3))
    def append_many_and_keep_one(self, number: int, kept: int) -> None:
        before = set(self.unfinished)
        for _ in range(number):
            self.append(bytes(40))
        self.finish(sorted(self.unfinished - before)[kept + 1 :])
        self.finish(sorted(self.unfinished - before)[:kept])

    def finish(self, some: list[int]) -> None:
        self.finished.update(self.accepted[lsn] for lsn in some)
        self.unfinished.difference_update(some)
        self.log.finish(some)

    @rule(after=st.integers(1, 14), seed=SEEDS)
    def finish_all_while_power_goes(self, after: int, seed: int) -> None:
        self.finished.update(self.accepted[lsn] for lsn in self.unfinished)
        self.files.die_at = len(self.files.calls) + after
        self.log.finish(sorted(self.unfinished, reverse=True))
        self.lose_power(seed)
        self.open()

    @rule(seed=SEEDS)
    def power_goes(self, seed: int) -> None:
        self.lose_power(seed)
        self.open()

    @rule(after=st.integers(1, 40), seed=SEEDS)
    def power_goes_again_at_the_start(self, after: int, seed: int) -> None:
        self.lose_power(seed)
        self.files = FakeFiles(self.disk)
        self.files.die_at = after
        try:
            self.log = open_log(FOLDER, self.LIMITS, self.files)
        except LogUnavailableError:
            assert self.files.is_dead
        else:
            self.lose_power(seed + 1)
        self.disk.lose_power(Chance(seed))
        self.refused.clear()
        self.open()

    @rule()
    def the_process_is_killed(self) -> None:
        self.note_moves()
        self.files.die_at = 1
        self.log.close()
        self.open()

    @rule()
    def restart(self) -> None:
        self.note_moves()
        self.log.close()
        self.open()

    @invariant()
    def what_is_not_finished_can_be_read(self) -> None:
        for lsn in self.unfinished:
            assert self.log.read(lsn) == self.accepted[lsn]

    @invariant()
    def only_what_was_accepted_counts(self) -> None:
        statistics = self.log.statistics()
        assert statistics.pending_records == len(self.unfinished)
        assert statistics.pending_bytes == sum(len(self.accepted[lsn]) for lsn in self.unfinished)

    def note_moves(self) -> None:
        type(self).moved += self.log.statistics().moved_records

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.note_moves()
            self.log.close()


class ALogWithLittleRoom(TheLogOverAForgetfulDisk):
    """What its old segments keep is moved to its end; a crash may leave it in both places."""

    LIMITS = LogLimits(segment_bytes=200, most_bytes=800, free_bytes=0)

    def check_that_all_is_in(self, found: dict[int, bytes]) -> None:
        assert set(self.accepted.values()) - self.finished <= set(found.values())


def test_the_log_over_a_forgetful_disk() -> None:
    run_state_machine_as_test(
        TheLogOverAForgetfulDisk,
        settings=settings(max_examples=150, stateful_step_count=40, deadline=None),
    )

    assert TheLogOverAForgetfulDisk.moved == 0


def test_a_log_with_little_room_over_a_forgetful_disk() -> None:
    run_state_machine_as_test(
        ALogWithLittleRoom,
        settings=settings(max_examples=100, stateful_step_count=40, deadline=None),
    )

    assert ALogWithLittleRoom.moved > 10
