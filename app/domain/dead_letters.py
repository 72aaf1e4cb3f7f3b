"""Dead letters: records that the store refused for good, kept until somebody replays or purges them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.metadata import JsonValue
from app.domain.outcomes import Outcome

DEFAULT_LETTERS = 100
MAX_LETTERS = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that was refused.

    Attributes:
        id: of the letter; the same record that is refused again has the same.
        record_id: the id under which the record would have been stored, and will be.
        service: whose record it is; empty where that cannot be read from it.
        index: where it was to be stored.
        reason: why it was refused the last time, without the values that it holds.
        error_type: the store's own name for the reason, empty if it gave none.
        attempts: how often it was refused: at first, and in each replay.
        first_refused: instant of the first time, in nanoseconds since the epoch.
        last_refused: instant of the last time.
        record: the record as it was to be stored; None where only the letter itself was asked for.
    """

    id: str
    record_id: str
    service: str
    index: str
    reason: str
    error_type: str
    attempts: int
    first_refused: int
    last_refused: int
    record: JsonValue = None


@dataclass(frozen=True, slots=True)
class LetterQuery:
    """Which letters are asked for; what is None narrows nothing down.

    Attributes:
        reason: words of the reason, next to each other, in any case.
        refused_before: refused the last time before this instant, in nanoseconds since the epoch.
        limit: most letters in the answer, at most ``MAX_LETTERS``.
        cursor: where the page before ended, as it said.
    """

    service: str | None = None
    error_type: str | None = None
    reason: str | None = None
    record_id: str | None = None
    refused_before: int | None = None
    limit: int = DEFAULT_LETTERS
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Letters without their records, those that died last first.

    Attributes:
        total: how many letters there are on all pages.
        next_cursor: gives the next page; None on the last one.
    """

    letters: Sequence[DeadLetter]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one letter that was to be replayed.

    Attributes:
        id: of the letter.
        outcome: created or duplicate, and the letter is gone; rejected once more, or failed for now,
            and it is still there; None if there was no such letter.
    """

    id: str
    outcome: Outcome | None
