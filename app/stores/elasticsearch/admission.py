"""Which actions of a batch may wait: no service takes more than its share of the room."""

from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import partial

from app.domain.errors import OverloadedError
from app.domain.outcomes import Outcome
from app.domain.ports import Appended
from app.stores.elasticsearch.actions import Action
from app.stores.elasticsearch.shares import Shares

_TOO_MUCH = "too many records of this service wait to be stored; send it again later"


@dataclass(frozen=True)
class Admitted:
    """What of a batch may wait.

    Attributes:
        then: is told the outcomes of ``actions``, and tells the sender of the batch those of all.
        release: is called once, when the actions wait no more.
    """

    actions: Sequence[Action]
    then: Appended
    release: Callable[[], None]


def admit(shares: Shares, actions: Sequence[Action], then: Appended) -> Admitted | None:
    """Book the room that ``actions`` need; None, with ``then`` told, if none of them may wait."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for action in actions:
        sizes[action.service] += len(action.lines)
    refused = shares.book(sizes)
    if refused:
        for service in refused:
            del sizes[service]
        if not sizes:
            then(OverloadedError(_TOO_MUCH))
            return None
        then = _with_refusals(actions, refused, then)
        actions = [action for action in actions if action.service not in refused]
    return Admitted(actions, then, partial(shares.release, sizes))


def _with_refusals(actions: Sequence[Action], refused: Set[str], then: Appended) -> Appended:
    """``then`` for all of ``actions``, told the outcomes of those whose service is not refused."""

    def merged(result: list[Outcome] | OverloadedError) -> None:
        if isinstance(result, OverloadedError):
            then(result)
            return
        told = iter(result)
        then(
            [
                Outcome.overloaded(_TOO_MUCH, id=action.id)
                if action.service in refused
                else next(told)
                for action in actions
            ]
        )

    return merged
