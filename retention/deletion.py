"""What is to be deleted, and how carefully: marked on one run, deleted on a later one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.instants import NANOS_PER_SECOND, ns_to_datetime
from app.domain.lifecycle import ArchiveFacts
from retention.actions import Action, Kind
from retention.ages import MOST_CLOCK_DIFFERENCE, Situation, Subject, archived_since
from retention.units import say_duration

#: Between a mark and the deletion, at least: two runs that come together are as one.
_AFTER_MARK = 60 * NANOS_PER_SECOND
#: Deletions that one run may always do; with many indices, a tenth of them.
_FEW = 2


@dataclass(frozen=True)
class Due:
    """An index or archive that is to go.

    Attributes:
        reason: why, with the figures.
        is_urgent: a disk is nearly full and it goes for that.
    """

    reason: str
    is_urgent: bool = False


def due_by_age(situation: Situation, subjects: Iterable[Subject]) -> dict[str, Due]:
    """Those of ``subjects`` that have lived their time, by name."""
    reasons = ((subject.name, _over(situation, subject)) for subject in subjects)
    return {name: Due(reason) for name, reason in reasons if reason}


def due_by_cap(situation: Situation, reasons: Mapping[str, str]) -> dict[str, Due]:
    """What has to go for a cap, by name."""
    is_urgent = any(subject.index.is_flooded for subject in situation.subjects)
    hurry = "; a disk is nearly full, so it goes on the next run, however soon" if is_urgent else ""
    return {name: Due(reason + hurry, is_urgent) for name, reason in reasons.items()}


def _over(situation: Situation, subject: Subject) -> str | None:
    index, life = subject.index, subject.life
    if life.legal_hold:
        return None
    if index.restored_until is not None:
        over = subject.now - index.restored_until
        return f"restored for a time that ended {say_duration(over)} ago" if over > 0 else None
    if subject.is_due(life.delete_after):
        return f"{subject.said_age}, and delete_after is {say_duration(life.delete_after or 0)}"
    if subject.is_due(life.archive_after) and _is_archived(situation, subject):
        return f"all of it is in the archive {index.archived_as}, verified; {subject.said_age}"
    return None


def _is_archived(situation: Situation, subject: Subject) -> bool:
    index = subject.index
    return index.archived_as is not None and any(
        archive.snapshot == index.archived_as
        and archive.base == index.base
        and archive.documents >= index.documents
        for archive in situation.cluster.archives
    )


def lost_archives(subjects: Iterable[Subject], going: Mapping[str, Due]) -> Iterator[Action]:
    """Those of ``subjects`` that would go if their archive were there."""
    for subject in subjects:
        index = subject.index
        if index.restored_until is not None:
            continue
        is_waiting = subject.is_due(subject.life.archive_after) and index.archived_as is not None
        if is_waiting and index.name not in going and not subject.life.legal_hold:
            yield Action(
                Kind.BLOCKED,
                index.name,
                f"its archive {index.archived_as} is not in the repository, or has fewer records: the "
                "index is kept; see that the repository can be read, or restore the snapshot's files",
            )


def deletions(
    situation: Situation, subjects: Iterable[Subject], going: Mapping[str, Due]
) -> Iterator[Action]:
    """Marks, deletions and unmarking of ``subjects``; ``going`` is what is due, by name."""
    ready: list[Action] = []
    for subject in subjects:
        due = going.get(subject.name)
        marked_at = subject.index.marked_at
        if due is None:
            if marked_at is not None:
                yield Action(Kind.UNMARK, subject.name, _no_longer(subject))
            continue
        # More may come to it that would count: it is closed first, and looked at again.
        must_be_closed = not subject.is_closed and subject.index.restored_until is None
        if must_be_closed:
            yield Action(Kind.CLOSE_FOR_WRITING, subject.name, f"it is to be deleted: {due.reason}")
        step = _step(situation, marked_at, due)
        if step is Kind.MARK:
            yield Action(Kind.MARK, subject.name, due.reason)
        elif step is Kind.DELETE and not must_be_closed:
            marked = ns_to_datetime(marked_at or 0)
            reason = f"{due.reason}; marked {marked:%Y-%m-%d %H:%M} UTC"
            ready.append(Action(Kind.DELETE, subject.name, reason))
    yield from _at_most(ready, len(situation.subjects), situation, "indices")


def archive_deletions(situation: Situation) -> Iterator[Action]:
    """Likewise of archives."""
    ready: list[Action] = []
    for since, archive in _archives(situation):
        life = situation.policies.life_of(archive.partition.stream)
        age = situation.now - since
        if life.legal_hold or life.delete_after is None or age < life.delete_after:
            if archive.marked_at is not None:
                reason = "legal_hold is set" if life.legal_hold else "it is not due any more"
                yield Action(Kind.UNMARK_ARCHIVE, archive.snapshot, reason)
            continue
        limit = say_duration(life.delete_after)
        due = Due(f"{say_duration(age)} old, and delete_after is {limit}")
        step = _step(situation, archive.marked_at, due)
        if step is Kind.MARK:
            yield Action(Kind.MARK_ARCHIVE, archive.snapshot, due.reason)
        elif step is Kind.DELETE:
            ready.append(Action(Kind.DELETE_ARCHIVE, archive.snapshot, due.reason))
    yield from _at_most(ready, len(situation.cluster.archives), situation, "archives")


def doubted(situation: Situation, doubt: str, evicted: Mapping[str, str]) -> Iterator[Action]:
    """What would be deleted or marked if the clock could be trusted."""
    aged = due_by_age(situation, situation.by_local_clock())
    reasons = {**evicted, **{name: due.reason for name, due in aged.items()}}
    for since, archive in _archives(situation):
        life = situation.policies.life_of(archive.partition.stream)
        age = situation.local_now - since
        if not life.legal_hold and life.delete_after is not None and age >= life.delete_after:
            limit = say_duration(life.delete_after)
            reasons[archive.snapshot] = f"{say_duration(age)} old, and delete_after is {limit}"
    for name, reason in reasons.items():
        yield Action(Kind.BLOCKED, name, f"not deleted, as {doubt}. It would be due: {reason}")


def _archives(situation: Situation) -> list[tuple[int, ArchiveFacts]]:
    """All, the oldest first, with the instant that each counts from."""
    dated = [
        (archived_since(archive, situation.policies.life_of(archive.partition.stream)), archive)
        for archive in situation.cluster.archives
    ]
    return sorted(dated, key=lambda pair: (pair[0], pair[1].snapshot))


def _step(situation: Situation, marked_at: int | None, due: Due) -> Kind | None:
    """``MARK``, ``DELETE``, or nothing as long as the mark is too fresh."""
    now = situation.local_now  # the clock that marks are made by
    if marked_at is None or marked_at > now + MOST_CLOCK_DIFFERENCE:
        return Kind.MARK
    wait = 1 if due.is_urgent else _AFTER_MARK
    return Kind.DELETE if now >= marked_at + wait else None


def _at_most(ready: list[Action], there: int, situation: Situation, what: str) -> Iterator[Action]:
    most = len(ready) if situation.bounds.forced else max(_FEW, there // 10)
    yield from ready[:most]
    left = len(ready) - most
    if left > 0:
        yield Action(
            Kind.BLOCKED,
            ready[most].target,
            f"{left} more deletions are due, and one run does at most {most} of {there} {what}, so that "
            "a mistake in the policies is seen in time: the next run goes on, or force it",
        )


def _no_longer(subject: Subject) -> str:
    if subject.life.legal_hold:
        return f"legal_hold is set for stream {subject.index.partition.stream}"
    limit = subject.life.delete_after
    said = "not set" if limit is None else say_duration(limit)
    return f"it is not to be deleted any more: {subject.said_age}, and delete_after is {said}"
