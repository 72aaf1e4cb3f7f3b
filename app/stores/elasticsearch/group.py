"""What one append put into the write-ahead log, on its way to Elasticsearch."""

from collections.abc import Callable, Sequence
from typing import Protocol

from app.domain.outcomes import Outcome, all_created
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
        size: of a group that is only in the log, in bytes.
        then: is told the outcomes, once: when all are known, or at ``answer_now``.
        finished: is called when it is out of the log, once.

    Attributes:
        count: how many actions there are, 0 while that is not known.
        size: of their lines in bytes.
        attempts: how often its actions have come back unsettled.
        is_held_up: some of it waits for an index that somebody has blocked.
    """

    def __init__(
        self,
        log: Log,
        lsn: int,
        actions: Sequence[Action] | None = None,
        then: Callable[[list[Outcome]], None] | None = None,
        size: int = 0,
        finished: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = log
        self._finished = finished
        self._lsn = lsn
        # Whoever takes it out calls it: the shipper or the deadline, never both.
        self._then = [then] if then else []
        self._ids = [action.id for action in actions] if actions and then else []
        self._actions: Sequence[Action] | None = None
        # Those without an outcome, by position; None while that is all of them.
        self._waiting: dict[int, Action] | None = None
        self._outcomes: dict[int, Outcome] = {}
        self._is_all_created = False
        # Whether an earlier request may have stored some of it, so that a conflict is with itself.
        self.may_be_there = actions is None
        self.attempts = 0
        self.is_held_up = False
        self.count = 0
        self.size = size
        if actions is not None:
            self._hold(actions)

    @property
    def is_answered(self) -> bool:
        """Whether nobody waits for its outcomes, any more or at all."""
        return not self._then

    def load(self) -> None:
        """Read the actions from the log, if they are not here.

        Raises:
            LookupError, ValueError: the log does not have them any more.
        """
        if self._actions is None:
            self._hold(from_lines(self._log.read(self._lsn)))

    def unload(self) -> None:
        """Give the memory back; only while it is not being sent."""
        self._actions = self._waiting = None

    @property
    def memory(self) -> int:
        """Bytes that it holds in memory."""
        return 0 if self._actions is None else self.size

    def waiting(self) -> list[tuple[int, Action]]:
        """The actions without an outcome, with their positions."""
        if self._waiting is None:
            return list(enumerate(self._actions or ()))
        return list(self._waiting.items())

    def settle(self, position: int, outcome: Outcome) -> None:
        """This action has its outcome."""
        if self._waiting is None:
            self._waiting = dict(enumerate(self._actions or ()))
        self._outcomes[position] = outcome
        del self._waiting[position]

    def settle_as_created(self, positions: Sequence[int]) -> None:
        """These actions were created; mostly they are all there are, which takes one step."""
        if self._waiting is None and len(positions) == self.count:
            self._waiting = {}
            self._is_all_created = True
            return
        waiting = dict(self.waiting())
        for position in positions:
            self.settle(position, Outcome.created(waiting[position].id))

    def finish_if_settled(self) -> bool:
        """Finish it in the log if every action has its outcome."""
        if self._waiting is None or self._waiting:
            return False
        self.abandon()
        return True

    def abandon(self) -> None:
        """There is nothing left to do for it."""
        self._log.finish([self._lsn])
        self._finished()
        self._actions = ()
        self.answer_now()

    def answer_now(self) -> None:
        """Tell the outcomes that are known now to whoever waits; accepted where there is none yet."""
        if not self._then:
            return
        if self._is_all_created:
            self._answer(all_created(self._ids))
            return
        settled = self._outcomes.copy()
        self._answer(
            [settled.get(at) or Outcome.accepted(name) for at, name in enumerate(self._ids)]
        )

    def _answer(self, outcomes: list[Outcome]) -> None:
        try:
            then = self._then.pop()
        except IndexError:
            return  # somebody else was faster
        self._ids = []
        then(outcomes)

    def _hold(self, actions: Sequence[Action]) -> None:
        self._actions = actions
        if settled := self._outcomes:
            self._waiting = {at: it for at, it in enumerate(actions) if at not in settled}
        self.count = len(actions)
        self.size = sum([len(action.lines) for action in actions])
