"""What the planner can decide; the executor carries it out."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is done to an index, or to an archive."""

    #: Block writes to it, and make the next generation of its period.
    ROLL_OVER = "roll_over"
    #: Block writes to it; a late record of its period gets a new generation.
    CLOSE_FOR_WRITING = "close_for_writing"
    #: Move it to the warm tier, recompress it, shrink it to one shard, merge it to one segment.
    WARM = "warm"
    #: Move it to the cold tier, with fewer replicas.
    COLD = "cold"
    #: Take a snapshot and verify it; the index stays.
    ARCHIVE = "archive"
    #: Note that it is to be deleted, which the next run does.
    MARK = "mark"
    #: It is not to be deleted after all.
    UNMARK = "unmark"
    #: Delete it for good, its archive excepted.
    DELETE = "delete"
    MARK_ARCHIVE = "mark_archive"
    UNMARK_ARCHIVE = "unmark_archive"
    DELETE_ARCHIVE = "delete_archive"
    #: Remove what a recompression has left: the original whose copy has taken its place, or a copy that
    #: never did.
    CLEAN_UP = "clean_up"
    #: Something is due and cannot be done; ``reason`` says what an operator can do.
    BLOCKED = "blocked"


#: What loses records now.
DELETING = frozenset({Kind.DELETE, Kind.DELETE_ARCHIVE})
#: What loses records, now or on a later run.
LOSING = DELETING | {Kind.MARK, Kind.MARK_ARCHIVE}


@dataclass(frozen=True)
class Action:
    """One decision.

    Attributes:
        target: name of the index, or of the snapshot.
        reason: why, in words for an operator, with the figures that decided.
    """

    kind: Kind
    target: str
    reason: str
