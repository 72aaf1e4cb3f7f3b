"""Settles each action by its answer, and buries what was refused for good."""

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import structlog

from app.domain.errors import LogfeedError
from app.domain.outcomes import Outcome, Status
from app.stores.elasticsearch.actions import Action
from app.stores.elasticsearch.bulk import Answer, BulkAwayError, BulkRefusedError, Verdict
from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.request_size import RequestSize
from app.stores.elasticsearch.shipping_figures import ShippingObserver

_log = structlog.get_logger(__name__)

#: One action with its group and its position in there.
Work: TypeAlias = tuple[Group, int, Action]
#: Keeps what was refused for good, with the reason; raises ``BulkAwayError``, ``BulkRefusedError`` or
#: ``LogfeedError`` if it cannot now.
Bury: TypeAlias = Callable[[Sequence[tuple[Action, str]]], None]
#: So often in all an action is refused that may be taken yet, before it becomes a dead letter.
_MOST_REFUSALS = 10


class Left(NamedTuple):
    """What is not settled, but may be at once.

    Attributes:
        missing: their index is missing.
        blocked: their index takes no writes.
    """

    missing: list[Work]
    blocked: list[Work]


class Settlement:
    """Used by several threads at a time, each for its own groups.

    Args:
        size: learns how much Elasticsearch takes.

    Attributes:
        buried: how many actions have become dead letters.
    """

    def __init__(self, bury: Bury, size: RequestSize, observer: ShippingObserver) -> None:
        self._bury = bury
        self._size = size
        self._observer = observer
        self._lock = threading.Lock()
        #: Refusals that the operator was told of, by status and error type.
        self._told: set[str] = set()
        self.buried = 0

    def settle(self, work: list[Work], answers: Sequence[Answer] | None) -> Left:
        """Note what is settled; what can only be tried again later waits in its group."""
        if answers is None:
            answers = [Answer(Verdict.CREATED)] * len(work)
        missing, refused, blocked, reasons = [], [], [], []
        blocks: dict[str, str] = {}
        overload = ""
        created = duplicates = 0
        for item, answer in zip(work, answers, strict=True):
            group, at, action = item
            match answer.verdict:
                case Verdict.CREATED:
                    created += 1
                    group.settle(at, Outcome.created(action.id))
                case Verdict.DUPLICATE if group.may_be_there:
                    created += 1
                    group.settle(at, Outcome.created(action.id))
                case Verdict.DUPLICATE:
                    duplicates += 1
                    group.settle(at, Outcome.duplicate(action.id))
                case Verdict.REJECTED:
                    refused.append(item)
                    reasons.append(answer.reason)
                case Verdict.MISSING_INDEX:
                    missing.append(item)
                case Verdict.OVERLOADED:
                    overload = answer.reason
                case Verdict.UNKNOWN if not self._may_wait(group, at, answer):
                    refused.append(item)
                    reasons.append(answer.reason)
                case Verdict.UNKNOWN:
                    group.is_held_up = True
                case Verdict.BLOCKED:
                    blocks[action.target] = answer.reason
                    blocked.append(item)
                    group.is_held_up = True
        self._observer.settled(Status.CREATED, created)
        self._observer.settled(Status.DUPLICATE, duplicates)
        if refused:
            self.reject(refused, reasons)
        self.note_load(overload)
        for index, reason in blocks.items():
            _log.warning("index_blocked", index=index, reason=reason)
        return Left(missing, blocked)

    def note_load(self, overload: str) -> None:
        """Learn from an answer.

        Args:
            overload: what was said of too much to do; empty if nothing.
        """
        if overload and not self._size.is_reduced:
            _log.warning("elasticsearch_overloaded", reason=overload)
        self._size.adapt(is_overloaded=bool(overload))

    def refuse(self, item: Work, error: BulkRefusedError) -> None:
        """One that cannot be sent, even by itself.

        A limit of size may be that of one node or proxy only, or be raised: it is tried some times.
        """
        group, at, _ = item
        if error.is_too_large and group.count_refusal(at) < _MOST_REFUSALS:
            self.put_off(item, error)
        else:
            self.reject([item], [str(error)])

    def put_off(self, item: Work, error: Exception) -> None:
        """One for which there is no room, and nobody knows how long."""
        group, _, action = item
        _log.warning("record_put_off", bytes=len(action.lines), reason=str(error))
        group.is_held_up = True

    def _may_wait(self, group: Group, at: int, answer: Answer) -> bool:
        """Whether an action is tried again that was refused in a way that nobody knows."""
        kind = answer.reason.partition(":")[0]
        if kind not in self._told:
            self._told.add(kind)
            _log.error("refusal_not_known", kind=kind, reason=answer.reason)
        return group.count_refusal(at) < _MOST_REFUSALS

    def reject(self, work: list[Work], reasons: list[str]) -> None:
        """Bury what was refused for good; while that cannot be done it waits, and no other does."""
        try:
            self._bury([(item[2], reason) for item, reason in zip(work, reasons, strict=True)])
        except (BulkAwayError, BulkRefusedError, LogfeedError) as error:
            _log.warning("dead_letters_not_written", records=len(work), reason=str(error))
            for group, _, _ in work:
                group.is_held_up = True
            return
        with self._lock:
            self.buried += len(work)
        self._observer.settled(Status.REJECTED, len(work))
        for (group, at, action), reason in zip(work, reasons, strict=True):
            group.settle(at, Outcome.rejected(reason, id=action.id))
