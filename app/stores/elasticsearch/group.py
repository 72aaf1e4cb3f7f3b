"""What one append put into the write-ahead log, on its way to Elasticsearch."""

from collections.abc import Callable, Sequence
from typing import Protocol

from app.domain.outcomes import Outcome, all_created
from app.stores.elasticsearch.actions import Action
from app.stores.elasticsearch.batch import Batch, read_batch


class Log(Protocol):
    """What the shipper needs of a write-ahead log."""

    def read(self, lsn: int) -> bytes:
        """The payload of a record.

        Raises:
            LookupError: it will never come back.
            StoreUnavailableError: it cannot be read now.
        """
        ...

    def finish(self, lsns: Sequence[int]) -> None:
        """These are safe elsewhere."""
        ...


#: What a small group takes in memory beside its lines, in bytes, about.
_BESIDE_LINES = 1536


def _nothing(size: int) -> None:
    """Nobody minds."""


class Group:
    """The actions of one append; they were logged together and are finished together.

    Args:
        lsn: of the record in ``log``.
        batch: None for a group that is still only in the log; it is read when its turn comes.
        size, count: of a group that is only in the log, in bytes and actions.
        then: is told the outcomes, once: when all are known, or at ``answer_now``.
        finished: is called with its size when it is out of the log, once.

    Attributes:
        log, lsn, finished: as given.
        count: how many actions there are.
        size: of their lines in bytes.
        attempts: how often its actions have come back unsettled.
        is_held_up: some of it waits for an index that somebody has blocked.
    """

    def __init__(
        self,
        log: Log,
        lsn: int,
        batch: Batch | None = None,
        then: Callable[[list[Outcome]], None] | None = None,
        size: int = 0,
        count: int = 0,
        finished: Callable[[int], None] = _nothing,
    ) -> None:
        self.log = log
        self.finished = finished
        self.lsn = lsn
        # Whoever takes it out calls it: the shipper or the deadline, never both.
        self._then = [then] if then else []
        self._ids: Sequence[str] = batch.ids if batch and then else ()
        self._batch: Batch | None = None
        # Those without an outcome, by position; None until somebody asks for them one by one.
        self._waiting: dict[int, Action] | None = None
        self._outcomes: dict[int, Outcome] = {}
        self._refusals: dict[int, int] = {}
        self._is_all_created = False
        # Whether an earlier request may have stored some of it, so that a conflict is with itself.
        self.may_be_there = batch is None
        self.attempts = 0
        self.is_held_up = False
        self.count = count
        self.size = size
        if batch is not None:
            self._hold(batch)

    @property
    def is_answered(self) -> bool:
        """Whether nobody waits for its outcomes, any more or at all."""
        return not self._then

    @property
    def whole(self) -> Batch | None:
        """All of it, if nothing of it was settled yet and no id has to be looked up; else None."""
        batch = self._batch
        if batch is None or batch.elsewhere != {} or self._outcomes or self._waiting is not None:
            return None
        return batch

    def load(self) -> None:
        """Read the actions from the log, if they are not here.

        Raises:
            LookupError, ValueError: the log does not have them any more.
            StoreUnavailableError: it cannot be read now.
        """
        if self._batch is None:
            self._hold(read_batch(self.log.read(self.lsn)))

    def unload(self) -> None:
        """Give the memory back; only while it is not being sent."""
        self._batch = self._waiting = None

    @property
    def memory(self) -> int:
        """Bytes that it holds in memory, about, that can be given back."""
        return 0 if self._batch is None else self.size + _BESIDE_LINES

    @property
    def is_at_rest(self) -> bool:
        """Whether only the log has it and nobody waits for it, so that numbers tell all of it."""
        is_counted = bool(self._outcomes or self._refusals)
        return self._batch is None and not self._then and not is_counted

    @property
    def unsettled(self) -> int:
        """How many actions have no outcome yet."""
        return self.count - len(self._outcomes)

    def waiting(self) -> list[tuple[int, Action]]:
        """The actions without an outcome, with their positions; none while they are only in the log."""
        return list(self._one_by_one().items())

    def settle(self, position: int, outcome: Outcome) -> None:
        """This action has its outcome."""
        del self._one_by_one()[position]
        self._outcomes[position] = outcome

    def count_refusal(self, position: int) -> int:
        """How often this action was refused, with this time, though it may be taken yet."""
        times = self._refusals[position] = self._refusals.get(position, 0) + 1
        return times

    def settle_as_created(self) -> None:
        """All that waits was created."""
        if not self._outcomes:
            self._is_all_created = True
        else:
            for at, action in self.waiting():
                self._outcomes[at] = Outcome.created(action.id)
        self._waiting = {}

    def _one_by_one(self) -> dict[int, Action]:
        if self._waiting is None:
            if self._batch is None:
                return {}  # not kept: it would say that all is settled
            actions, settled = self._batch.actions(), self._outcomes
            self._waiting = {at: it for at, it in enumerate(actions) if at not in settled}
        return self._waiting

    def finish_if_settled(self) -> bool:
        """Finish it in the log if every action has its outcome."""
        if self._waiting is None or self._waiting:
            return False
        self.abandon()
        return True

    def abandon(self) -> None:
        """There is nothing left to do for it."""
        self.log.finish([self.lsn])
        finished, self.finished = self.finished, _nothing
        finished(self.size)
        self._batch = None
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
        self._ids = ()
        then(outcomes)

    def _hold(self, batch: Batch) -> None:
        self._batch = batch
        self.count = len(batch)
        self.size = len(batch.lines)
