"""Most bytes on disk: which indices go although they are not old enough yet."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from retention.actions import Action, Kind
from retention.ages import Situation, Subject
from retention.units import say_size


@dataclass(frozen=True)
class Evictions:
    """What has to go for the caps.

    Attributes:
        reasons: why, by the name of each index that goes.
        blocked: caps that cannot be kept.
    """

    reasons: Mapping[str, str]
    blocked: tuple[Action, ...]


def find_evictions(situation: Situation, going: Collection[str]) -> Evictions:
    """The oldest indices until each cap is kept; what is among ``going`` is as good as deleted."""
    policies = situation.policies
    reasons: dict[str, str] = {}
    blocked: list[Action] = []
    counted = [subject for subject in situation.subjects if subject.name not in going]
    streams = sorted({subject.index.partition.stream for subject in counted})
    caps = [(f"stream {name}", policies.life_of(name).max_bytes, {name}) for name in streams]
    caps.append(("all streams", policies.max_bytes, set(streams)))
    for title, most, members in caps:
        if most is None:
            continue
        staying = [
            subject
            for subject in counted
            if subject.index.partition.stream in members and subject.name not in reasons
        ]
        total = sum(subject.index.total_bytes for subject in staying)
        for subject in staying:
            if total <= most:
                break
            if _may_go(subject):
                reasons[subject.name] = (
                    f"{title}: {say_size(total)} on disk, and max_bytes is {say_size(most)}; it is the "
                    f"oldest that may go: {subject.said_age}, {say_size(subject.index.total_bytes)}"
                )
                total -= subject.index.total_bytes
        if total > most:
            blocked.append(_out_of_reach(title, total, most))
    return Evictions(reasons, (*blocked, *_flooded(situation, {*going, *reasons})))


def _may_go(subject: Subject) -> bool:
    return not subject.life.legal_hold and not subject.is_current and subject.since is not None


def _out_of_reach(title: str, total: int, most: int) -> Action:
    return Action(
        Kind.BLOCKED,
        title,
        f"{say_size(total)} on disk, and max_bytes is {say_size(most)}: the rest is on legal hold, "
        "takes new records, or cannot be read now; raise max_bytes, add disk, or end a hold",
    )


def _flooded(situation: Situation, going: Collection[str]) -> Iterator[Action]:
    """A nearly full disk that no deletion is going to help."""
    flooded = [subject for subject in situation.subjects if subject.index.is_flooded]
    if flooded and not going:
        yield Action(
            Kind.BLOCKED,
            flooded[0].name,
            f"{len(flooded)} indices take no records, as a disk is nearly full (flood stage), and by "
            "the policies nothing is to go: set or lower max_bytes, free space, or add a disk or a node",
        )
