"""The log against a disk that forgets what was not synced, driven by hypothesis."""

import errno
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.stores.write_ahead_log.log import LogUnavailableError, WriteAheadLog
from tests.stores.write_ahead_log.fake_disk import Chance, FakeDisk, FakeFiles
from tests.stores.write_ahead_log.logs import SMALL, open_log

FOLDER = Path("/disk/log")
SEEDS = st.integers(0, 2**32)


class TheLogOverAForgetfulDisk(RuleBasedStateMachine):
    """Appends, finishes, faults, clean and unclean ends, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = FakeDisk()
        self.accepted: dict[int, bytes] = {}
        self.finished: set[int] = set()
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
        self.log = open_log(FOLDER, SMALL, self.files)
        found = self.log.unfinished()
        assert found == sorted(set(found))
        # Accepted and not finished: there. There: tried once, and under its own number if accepted.
        assert self.accepted.keys() - self.finished <= set(found)
        for lsn in found:
            payload = self.log.read(lsn)
            assert payload in self.tried - self.refused
            assert self.accepted.setdefault(lsn, payload) == payload
        self.unfinished = set(found)

    def append(self, payload: bytes) -> None:
        payload = b"%d %s" % (len(self.tried), payload)
        self.tried.add(payload)
        self.refused.add(payload)
        lsn = self.log.append(payload)
        self.refused.remove(payload)
        assert lsn not in self.accepted
        assert lsn > max(self.accepted, default=0)
        self.accepted[lsn] = payload
        self.unfinished.add(lsn)

    def lose_power(self, seed: int) -> None:
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
        some = data.draw(st.lists(st.sampled_from(sorted(self.unfinished)), max_size=8))
        self.finished.update(some)
        self.unfinished.difference_update(some)
        self.log.finish(some)

    @rule(after=st.integers(1, 14), seed=SEEDS)
    def finish_all_while_power_goes(self, after: int, seed: int) -> None:
        self.finished.update(self.unfinished)
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
            self.log = open_log(FOLDER, SMALL, self.files)
        except LogUnavailableError:
            assert self.files.is_dead
        else:
            self.lose_power(seed + 1)
        self.disk.lose_power(Chance(seed))
        self.refused.clear()
        self.open()

    @rule()
    def the_process_is_killed(self) -> None:
        self.files.die_at = 1
        self.log.close()
        self.open()

    @rule()
    def restart(self) -> None:
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

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.log.close()


TheLogOverAForgetfulDisk.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestTheLogOverAForgetfulDisk = TheLogOverAForgetfulDisk.TestCase
