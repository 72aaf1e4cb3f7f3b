"""Patterns: messages that differ in their values only, as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.errors import InvalidQueryError
from app.domain.filters import EVERYTHING, Filter
from app.domain.levels import LogLevel

#: Stands in a pattern for what differs.
WILDCARD = "<*>"
DEFAULT_SAMPLE = 20_000
MAX_SAMPLE = 100_000
DEFAULT_PATTERNS = 100
MAX_PATTERNS = 1_000


@dataclass(frozen=True)
class PatternQuery:
    """The patterns of the records that ``filter`` asks for.

    Attributes:
        sample: most records that are read.
        limit: most patterns of the answer; those of the most records come first.
        new_since: only patterns of which no record lies before this instant (nanoseconds).

    Raises:
        InvalidQueryError: a limit or a sample outside of what is allowed.
    """

    filter: Filter = EVERYTHING
    sample: int = DEFAULT_SAMPLE
    limit: int = DEFAULT_PATTERNS
    new_since: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.sample <= MAX_SAMPLE:
            raise InvalidQueryError("sample", f"must lie between 1 and {MAX_SAMPLE}")
        if not 1 <= self.limit <= MAX_PATTERNS:
            raise InvalidQueryError("limit", f"must lie between 1 and {MAX_PATTERNS}")


@dataclass(frozen=True)
class Pattern:
    """One pattern and its records.

    Attributes:
        text: the message with ``<*>`` for what differs.
        count: how many records there are; an estimate where only a sample was read.
        share: of the records that match, 0 to 1.
        first, last: the oldest and the newest that was read, in nanoseconds.
        levels: how many there are of each level that occurs; an estimate where ``count`` is one.
        example_id, example: the oldest record that was read, and its message.
        is_certain: no older record was left unread that could be of this pattern; always so unless
            new patterns were asked for.
    """

    text: str
    count: int
    share: float
    first: int
    last: int
    levels: Mapping[LogLevel, int]
    example_id: str
    example: str
    is_certain: bool = True


@dataclass(frozen=True)
class PatternReport:
    """The answer to a ``PatternQuery``.

    Attributes:
        patterns: those of the most records first.
        found: how many patterns there are, also beyond the limit.
        total: how many records match.
        read: how many of them were read.
        ran_out_of_time: fewer were read than asked for, as the time was up.
    """

    patterns: Sequence[Pattern]
    found: int
    total: int
    read: int
    ran_out_of_time: bool = False

    @property
    def is_sampled(self) -> bool:
        """Not every record was read, so that counts are estimates."""
        return self.read < self.total
