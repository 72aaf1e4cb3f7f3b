"""What is asked of a store, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.entry import LogEntry
from app.domain.errors import InvalidQueryError
from app.domain.filters import EVERYTHING, Filter
from app.domain.levels import LogLevel

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
#: Deepest hit that a page can reach: Elasticsearch's ``index.max_result_window``.
RESULT_WINDOW = 10_000
#: What is said of pages beyond it.
TOO_DEEP = (
    f"pages reach {RESULT_WINDOW} hits deep (offset + limit); go on with the next_cursor of a page"
)


@dataclass(frozen=True)
class Query:
    """A page of the records that ``filter`` asks for.

    Ordered by timestamp; records of one timestamp in the order in which they came in (reversed when
    the newest come first).

    Attributes:
        is_numbered: whoever asks counts pages or records, so that a page must not have too few.

    Raises:
        InvalidQueryError: a limit or offset outside of what is allowed.
    """

    filter: Filter = EVERYTHING
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    newest_first: bool = True
    is_numbered: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_LIMIT:
            raise InvalidQueryError("limit", f"must lie between 0 and {MAX_LIMIT}")
        if self.offset < 0:
            raise InvalidQueryError("offset", "must not be negative")
        if self.offset + self.limit > RESULT_WINDOW:
            raise InvalidQueryError(
                "offset",
                TOO_DEEP,
            )


@dataclass(frozen=True)
class Reach:
    """How many indices were asked for an answer, and how many skipped, as they can hold none."""

    asked: int
    skipped: int


@dataclass(frozen=True)
class Page:
    """The answer to a ``Query``: its records, and how many there are in all pages together.

    Attributes:
        reach: None where records do not lie in indices.
    """

    entries: Sequence[LogEntry]
    total: int
    reach: Reach | None = None


@dataclass(frozen=True)
class Stats:
    """Counts over the records that a filter asks for.

    Attributes:
        by_level: every level that occurs.
        by_service: the services with the most records, at most 1,000, in falling order.
        first, last: the oldest and the newest timestamp, None without records.
        reach: None where records do not lie in indices.
    """

    total: int = 0
    by_level: Mapping[LogLevel, int] = field(default_factory=dict)
    by_service: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    reach: Reach | None = None


#: How many services ``Stats`` names.
MAX_STATS_SERVICES = 1_000
