"""What a recompression has left behind, and what it has not finished yet."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.domain.instants import NANOS_PER_SECOND
from app.domain.lifecycle import Tier
from retention.actions import Action, Kind
from retention.ages import Situation, Subject

#: Searches that began before a swap have ended by then.
_AFTER_SWAP = 60 * NANOS_PER_SECOND


@dataclass(frozen=True)
class Leftovers:
    """Indices that nobody searches.

    Attributes:
        actions: what is to be done about them.
        names: of all whose records another index serves; they count for nothing else.
        unfinished: originals of which there is a copy that ``warm`` goes on with.
    """

    actions: tuple[Action, ...]
    names: frozenset[str]
    unfinished: frozenset[str]


def find_leftovers(situation: Situation, going: Collection[str]) -> Leftovers:
    """Those of ``situation``; what is among ``going`` is about to be deleted."""
    actions: list[Action] = []
    names, unfinished = set(), set()
    for subject, server in _unsearched(situation):
        if server is None:
            if subject.name not in going:
                actions.append(_nobody_serves(subject))
            continue
        names.add(subject.name)
        if server.since is None:
            # Red or closed: until it can be read again, this may be the only good copy.
            continue
        if _can_be_resumed(subject, server) and server.name not in going:
            unfinished.add(server.name)
            continue
        swapped_at = subject.index.swapped_at or server.index.swapped_at or 0
        if situation.now >= swapped_at + _AFTER_SWAP:
            actions.append(_clean_up(subject, server))
    return Leftovers(tuple(actions), frozenset(names), frozenset(unfinished))


def _unsearched(situation: Situation) -> Iterator[tuple[Subject, Subject | None]]:
    """Each, with the index that serves its records instead, if there is one."""
    for subject in situation.subjects:
        if subject.index.is_searched or subject.index.restored_until is not None:
            continue
        # What was restored goes again, and so cannot stand for another.
        servers = [
            other
            for other in situation.by_base[subject.index.base]
            if other.index.is_searched and other.index.restored_until is None
        ]
        yield subject, servers[0] if servers else None


def _can_be_resumed(copy: Subject, server: Subject) -> bool:
    return (
        copy.name == f"{copy.index.base}-{Tier.WARM}"
        and server.name == server.index.base
        and server.is_closed
        and server.is_due(server.life.warm_after)
    )


def _clean_up(subject: Subject, server: Subject) -> Action:
    if subject.name == subject.index.base:
        reason = f"{server.name} has taken its place"
    else:
        reason = f"a copy that is not needed: its records are in {server.name}"
    return Action(Kind.CLEAN_UP, subject.name, reason)


def _nobody_serves(subject: Subject) -> Action:
    return Action(
        Kind.BLOCKED,
        subject.name,
        f"it is searched by nobody, and no other index has its {subject.index.documents:,} records: "
        f"give it the alias of its partition again, or delete it by hand; {subject.said_age}",
    )
