"""Rollover, closing, and the way through the tiers, up to the archive."""

from collections.abc import Iterator

from app.domain.lifecycle import IndexFacts, Tier
from retention.actions import Action, Kind
from retention.ages import Situation, Subject
from retention.units import say_duration, say_size


def steps(situation: Situation, subject: Subject, *, is_unfinished: bool) -> Iterator[Action]:
    """The next step of an index that is not to be deleted, if one is due.

    Args:
        is_unfinished: there is a copy of it that ``warm`` has begun.
    """
    index = subject.index
    if index.restored_until is not None or not index.is_searched:
        return
    if not index.is_open:
        yield _blocked(subject, "it is closed, so that neither its records nor its age can be seen: "
            f"open it (POST /{index.name}/_open) or delete it by hand")  # fmt: skip
        return
    due = _first_due(subject)
    if not subject.is_closed:
        action = _closing(subject, due)
        if action:
            yield _unless_red(subject, action)
        return
    if due:
        yield from _later_steps(situation, subject, is_unfinished)


def _first_due(subject: Subject) -> str | None:
    """The earliest step that is due, as policies name it."""
    life = subject.life
    for name in ("warm_after", "cold_after", "archive_after"):
        if subject.is_due(getattr(life, name)):
            return name
    return None


def _closing(subject: Subject, due: str | None) -> Action | None:
    index, life = subject.index, subject.life
    if due and not _waits_for_late_records(subject):
        limit = say_duration(getattr(life, due))
        reason = f"{subject.said_age}, and {due} is {limit}: no more records go to it"
        return Action(Kind.CLOSE_FOR_WRITING, index.name, reason)
    reached = _rollover_reached(subject)
    if index.is_write_index and reached and _can_get_more(subject):
        return Action(Kind.ROLL_OVER, index.name, reached)
    if index.is_write_index and index.is_write_blocked:
        reason = "it takes no records and yet is where they go: this was begun and not finished"
        return Action(Kind.CLOSE_FOR_WRITING, index.name, reason)
    return None


def _waits_for_late_records(subject: Subject) -> bool:
    """Whether it was made for late records, and more can come.

    Closing it at once would make another generation with each late record.
    """
    life = subject.life
    ages = (life.warm_after, life.cold_after, life.archive_after)
    first = next((age for age in ages if age is not None), None)
    if life.counts_from == "arrival" or subject.end is None or first is None:
        return False
    is_late = subject.index.created_at >= subject.end + first
    return is_late and (subject.last_late is None or subject.now <= subject.last_late)


def _can_get_more(subject: Subject) -> bool:
    return subject.is_current or subject.last_late is None or subject.now <= subject.last_late


def _rollover_reached(subject: Subject) -> str | None:
    """Which condition of the rollover holds, in words; never for an empty index."""
    index, rollover = subject.index, subject.life.rollover
    if not index.documents:
        return None
    age = subject.now - index.created_at
    if rollover.age is not None and age >= rollover.age:
        return f"made {say_duration(age)} ago, and rollover.age is {say_duration(rollover.age)}"
    if rollover.documents is not None and index.documents >= rollover.documents:
        return f"{index.documents:,} records, and rollover.documents is {rollover.documents:,}"
    most = rollover.primary_shard_bytes
    if most is not None and index.largest_shard_bytes >= most:
        largest = say_size(index.largest_shard_bytes)
        return f"a shard of {largest}, and rollover.primary_shard_bytes is {say_size(most)}"
    return None


def _later_steps(situation: Situation, subject: Subject, is_unfinished: bool) -> Iterator[Action]:
    index, life = subject.index, subject.life
    action = _move(subject, is_unfinished)
    wants_archive = subject.is_due(life.archive_after) and index.archived_as is None
    if index.health == "red" and (action or wants_archive):
        what = action.kind if action else Kind.ARCHIVE
        yield _blocked(subject, f"{what} is due, and not all of its shards are there (red): bring back "
            "the node that holds them, or restore it from a snapshot")  # fmt: skip
        return
    trouble = _trouble(situation, index, action) if action else None
    if action and not trouble:
        yield action
        return
    if trouble:
        yield _blocked(subject, trouble)
    if wants_archive:
        limit = say_duration(life.archive_after or 0)
        yield Action(Kind.ARCHIVE, index.name, f"{subject.said_age}, and archive_after is {limit}")


def _move(subject: Subject, is_unfinished: bool) -> Action | None:
    index, life = subject.index, subject.life
    if subject.is_due(life.warm_after) and (index.tier is Tier.HOT or is_unfinished):
        limit = say_duration(life.warm_after or 0)
        goes_on = "; goes on with a copy that was begun" if is_unfinished else ""
        reason = f"{subject.said_age}, and warm_after is {limit}{goes_on}"
        return Action(Kind.WARM, index.name, reason)
    if subject.is_due(life.cold_after) and index.tier in {Tier.HOT, Tier.WARM}:
        limit = say_duration(life.cold_after or 0)
        return Action(Kind.COLD, index.name, f"{subject.said_age}, and cold_after is {limit}")
    return None


def _trouble(situation: Situation, index: IndexFacts, action: Action) -> str | None:
    """Why ``action`` cannot be done and what helps; None if it can."""
    tiers = situation.cluster.tiers
    tier = Tier.WARM if action.kind is Kind.WARM else Tier.COLD
    # To close, roll over or move an index that is flooded is possible; a copy of it needs space.
    if index.is_flooded and action.kind is Kind.WARM:
        return (
            f"{action.kind} is due, and the disk of one of its nodes is nearly full (flood stage): free "
            "space, add a disk or a node, or lower max_bytes"
        )
    if tiers and tier not in tiers:
        return (
            f"{action.kind} is due, and no node is of the tier {tier}: its data stays where it is "
            f"({index.tier}); start a node with that attribute, or take {tier}_after out of the policy"
        )
    return None


def _unless_red(subject: Subject, action: Action) -> Action:
    index = subject.index
    if index.health == "red":
        return _blocked(subject, f"{action.kind} is due ({action.reason}), and not all of its shards "
            "are there (red): bring back the node that holds them")  # fmt: skip
    return action


def _blocked(subject: Subject, reason: str) -> Action:
    return Action(Kind.BLOCKED, subject.name, reason)
