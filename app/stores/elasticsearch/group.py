"""What one append put into the write-ahead log, on its way to Elasticsearch."""

import threading
from collections.abc import Sequence
from typing import Protocol

from app.domain.outcomes import Outcome
from app.stores.elasticsearch.actions import Action, from_lines


class Log(Protocol):
    """What the shipper needs of a write-ahead log."""

    def read(self, lsn: int) -> bytes:
        """The payload of a record."""
        ...

    def finish(self, lsns: Sequence[int]) -> None:
        """These are safe elsewhere."""
        ...


class Group:
    """The actions of one append; they were logged together and are finished together.

    Args:
        lsn: of the record in ``log``.
        actions: None for a group that is still only in the log; it is read when its turn comes.

    Attributes:
        count: how many actions there are, 0 while that is not known.
        size: of their lines in bytes, likewise.
        attempts: how often its actions have come back unsettled.
    """

    def __init__(self, log: Log, lsn: int, actions: Sequence[Action] | None = None) -> None:
        self._log = log
        self._lsn = lsn
        self._done = threading.Event()
        self._outcomes: dict[int, Outcome] = {}
        self._waiting: dict[int, Action] | None = None
        # Whether an earlier request may have stored some of it, so that a conflict is with itself.
        self.may_be_there = actions is None
        self.attempts = 0
        self.count = 0
        self.size = 0
        if actions is not None:
            self._hold(actions)

    def load(self) -> None:
        """Read the actions from the log, if they are not here.

        Raises:
            LookupError, ValueError: the log does not have them any more.
        """
        if self._waiting is None:
            self._hold(from_lines(self._log.read(self._lsn)))

    def unload(self) -> None:
        """Give the memory back; only for a group of which nothing was sent yet."""
        self._waiting = None

    @property
    def memory(self) -> int:
        """Bytes that it holds in memory."""
        return 0 if self._waiting is None else self.size

    def waiting(self) -> list[tuple[int, Action]]:
        """The actions without an outcome, with their positions."""
        return list((self._waiting or {}).items())

    def settle(self, position: int, outcome: Outcome) -> None:
        """This action has its outcome."""
        if self._waiting is None:
            raise AssertionError("a group that is not loaded has nothing to settle")
        self._outcomes[position] = outcome
        del self._waiting[position]

    def finish_if_settled(self) -> bool:
        """Finish it in the log if every action has its outcome."""
        if self._waiting:
            return False
        self.abandon()
        return True

    def abandon(self) -> None:
        """There is nothing left to do for it."""
        self._log.finish([self._lsn])
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """Whether all of it is settled within ``seconds``."""
        return self._done.wait(seconds)

    def outcomes(self, ids: Sequence[str]) -> list[Outcome]:
        """The outcome of each action so far, in order; accepted for those that have none."""
        settled = self._outcomes.copy()
        return [settled.get(at) or Outcome.accepted(name) for at, name in enumerate(ids)]

    def _hold(self, actions: Sequence[Action]) -> None:
        self._waiting = dict(enumerate(actions))
        self.count = len(actions)
        self.size = sum(len(action.lines) for action in actions)
