"""Decides what is to be done, from what there is: pure, so that it can be shown before it is done."""

from app.domain.lifecycle import ClusterFacts
from retention.actions import Action, Kind
from retention.ages import Bounds, Situation
from retention.caps import find_evictions
from retention.deletion import (
    Due,
    archive_deletions,
    deletions,
    doubted,
    due_by_age,
    due_by_cap,
    lost_archives,
)
from retention.leftovers import find_leftovers
from retention.policy import Policies
from retention.tiers import steps

__all__ = ["Bounds", "plan"]

#: The order in which a run acts: first what keeps records flowing, then what frees space, and what takes
#: long at the end.
_ORDER = (
    Kind.CLOSE_FOR_WRITING,
    Kind.ROLL_OVER,
    Kind.UNMARK,
    Kind.UNMARK_ARCHIVE,
    Kind.CLEAN_UP,
    Kind.DELETE,
    Kind.DELETE_ARCHIVE,
    Kind.MARK,
    Kind.MARK_ARCHIVE,
    Kind.COLD,
    Kind.ARCHIVE,
    Kind.WARM,
    Kind.BLOCKED,
)


def plan(policies: Policies, cluster: ClusterFacts, now: int, bounds: Bounds) -> list[Action]:
    """What is to be done now, in this order; of equal kinds, the oldest first.

    Each index gets one step at a time, so that the next plan sees what became of it. No two actions
    contradict each other.

    Args:
        now: the local clock, nanoseconds since the epoch. Where the cluster's is earlier, ages count
            to that one.
    """
    situation = Situation(policies, cluster, bounds, now)
    aged = due_by_age(situation, situation.subjects)
    left = find_leftovers(situation, aged)
    evicted = find_evictions(situation, {*aged, *left.names})
    going: dict[str, Due] = aged | due_by_cap(situation, evicted.reasons)
    served = [subject for subject in situation.subjects if subject.name not in left.names]

    actions = [*left.actions, *evicted.blocked]
    if situation.doubt:
        actions += doubted(situation, situation.doubt, evicted.reasons)
    else:
        actions += deletions(situation, served, going)
        actions += archive_deletions(situation)
    actions += lost_archives(served, going)
    for subject in served:
        if subject.name not in going:
            is_unfinished = subject.name in left.unfinished
            actions += steps(situation, subject, is_unfinished=is_unfinished)
    return sorted(actions, key=lambda action: _ORDER.index(action.kind))
