"""Sends groups, and goes on by the answers until nothing can be done at once."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import NamedTuple, TypeAlias

import structlog

from app.domain.errors import LogfeedError
from app.domain.outcomes import Outcome, Status
from app.stores.elasticsearch.actions import Action, move_action, to_lines
from app.stores.elasticsearch.bulk import Answer, BulkOverloadedError, BulkRefusedError
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.request_size import RequestSize
from app.stores.elasticsearch.settlement import Bury, Settlement, Work
from app.stores.elasticsearch.shipping_figures import ShippingObserver

_log = structlog.get_logger(__name__)

#: Sends the lines of so many actions in one request (see ``bulk.send``).
Send: TypeAlias = Callable[[bytes, int], list[Answer] | None]
#: Makes a missing index, by its name.
Create: TypeAlias = Callable[[str], None]
#: The index for what was bound for one that was closed for writing; None if it was not closed for good.
Successor: TypeAlias = Callable[[str], str | None]


class Twins(NamedTuple):
    """Which of some actions have their id in another index, by their positions.

    Attributes:
        stored: of those that have.
        unknown: of those of which it cannot be known now, with the reason.
    """

    stored: Set[int]
    unknown: Mapping[int, str]


NO_TWINS = Twins(frozenset(), {})
#: Finds them; raises ``BulkAwayError`` if it can know nothing now.
FindTwins: TypeAlias = Callable[[Sequence[Action]], Twins]


class Sender:
    """Used by several threads at a time, each for its own groups.

    Attributes:
        size: how much one request carries.
    """

    def __init__(
        self,
        send: Send,
        create: Create,
        bury: Bury,
        find_twins: FindTwins,
        successor: Successor,
        observer: ShippingObserver,
    ) -> None:
        self._send = send
        self._create = create
        self._find_twins = find_twins
        self._successor = successor
        self._observer = observer
        self.size = RequestSize()
        self._settlement = Settlement(bury, self.size, observer)

    @property
    def buried(self) -> int:
        """How many actions have become dead letters."""
        return self._settlement.buried

    def send(self, groups: Sequence[Group]) -> None:
        """Send what waits in ``groups`` once; what could not be stored now still waits afterwards.

        Raises:
            BulkAwayError: nobody answers; some may be settled.
        """
        try:
            self._send_groups(groups)
        except BulkOverloadedError as error:
            # The rest waits with it: next time the requests are smaller.
            self._settlement.note_load(str(error))

    def _send_groups(self, groups: Sequence[Group]) -> None:
        whole = [batch for group in groups if (batch := group.whole) is not None]
        if len(whole) == len(groups) and self.size.fits(
            sum(map(len, whole)), sum([len(batch.lines) for batch in whole])
        ):
            self._send_whole(groups, b"".join([batch.lines for batch in whole]))
        else:
            self._send_parts(_work_of(groups))

    def _send_whole(self, groups: Sequence[Group], lines: bytes) -> None:
        """All of ``groups`` in one request; mostly all is created, and nobody asks for single ones."""
        count = sum([group.count for group in groups])
        try:
            answers = self._send(lines, count)
        except BulkRefusedError as error:
            self._halve(_work_of(groups), error)
            return
        if answers is not None:
            self._follow(_work_of(groups), answers)
            return
        self._observer.settled(Status.CREATED, count)
        for group in groups:
            group.settle_as_created()
        self._settlement.note_load("")

    def _send_parts(self, work: list[Work], *, is_moved: bool = False) -> None:
        """Some actions in as many requests as need be.

        Args:
            is_moved: they were bound for another index before.

        Raises:
            BulkOverloadedError: there is too much to do to take a request of several.
        """
        while work:
            count = self.size.first_part(len(action.lines) for _, _, action in work)
            part, work = work[:count], work[count:]
            self._send_part(part, is_moved=is_moved)

    def _send_part(self, work: list[Work], *, is_moved: bool) -> None:
        work = self._without_twins(work, is_moved=is_moved)
        if not work:
            return
        try:
            answers = self._send_work(work)
        except BulkRefusedError as error:
            self._halve(work, error, is_moved=is_moved)
            return
        except BulkOverloadedError as error:
            if len(work) > 1:
                raise
            # It may be its own size: those behind it are not to wait for it, nor to go in small parts.
            self._settlement.put_off(work[0], error)
            return
        self._follow(work, answers, is_moved=is_moved)

    def _send_work(self, work: Sequence[Work]) -> list[Answer] | None:
        return self._send(to_lines([action for _, _, action in work]), len(work))

    def _halve(self, work: list[Work], error: BulkRefusedError, *, is_moved: bool = False) -> None:
        """Find what spoils a request that was refused as a whole."""
        if error.is_too_large:
            self.size.note_too_large(sum([len(action.lines) for _, _, action in work]))
        if len(work) == 1:
            self._settlement.refuse(work[0], error)
            return
        middle = len(work) // 2
        self._send_parts(work[:middle], is_moved=is_moved)
        self._send_parts(work[middle:], is_moved=is_moved)

    def _follow(
        self, work: list[Work], answers: Sequence[Answer] | None, *, is_moved: bool = False
    ) -> None:
        """Settle by the answers, and send once more what only lacked its index, or can go to another."""
        missing, blocked = self._settlement.settle(work, answers)
        if missing and self._create_all({action.target for _, _, action in missing}):
            self._send_again(missing, is_moved=is_moved)
        if blocked and not is_moved and (moved := self._moved(blocked)):
            self._send_parts(moved, is_moved=True)

    def _send_again(self, work: list[Work], *, is_moved: bool) -> None:
        """What has its index now; what has not, in spite of it, waits."""
        try:
            answers = self._send_work(work)
        except BulkRefusedError as error:
            self._halve(work, error, is_moved=is_moved)
            return
        self._settlement.settle(work, answers)

    def _moved(self, blocked: list[Work]) -> list[Work]:
        """Those whose index was closed for writing, bound for the one that takes what comes late.

        Nothing can be written to the old index any more, so that a look-up there is final. The log keeps
        the old name: after a restart they come here again.
        """
        successors = {name: self._find_successor(name) for name in {it[2].target for it in blocked}}
        return [
            (group, at, move_action(action, index))
            for group, at, action in blocked
            if (index := successors[action.target]) is not None
        ]

    def _find_successor(self, name: str) -> str | None:
        try:
            return self._successor(name)
        except LogfeedError as error:
            _log.warning("indices_not_known", reason=str(error))
            return None

    def _without_twins(self, work: list[Work], *, is_moved: bool) -> list[Work]:
        """What is left when those are settled whose id another index has; who may have one waits."""
        stored, unknown = self._find_twins([action for _, _, action in work])
        for position in stored:
            group, at, action = work[position]
            # The twin of one that was moved may be itself, stored before the index was closed.
            is_own = is_moved and group.may_be_there
            group.settle(at, (Outcome.created if is_own else Outcome.duplicate)(action.id))
        self._observer.settled(Status.DUPLICATE, len(stored))
        for position in unknown:
            work[position][0].is_held_up = True
        for reason in set(unknown.values()):
            _log.warning("ids_not_known", reason=reason)
        return [
            item
            for position, item in enumerate(work)
            if position not in stored and position not in unknown
        ]

    def _create_all(self, names: set[str]) -> bool:
        try:
            for name in sorted(names):
                self._create(name)
        except LogfeedError as error:
            _log.warning("index_not_made", reason=str(error))
            return False
        return True


def _work_of(groups: Sequence[Group]) -> list[Work]:
    return [(group, at, action) for group in groups for at, action in group.waiting()]
