"""Reading many records in one total order, and going on from any of them.

The order is that of timestamp, then of the number under which a record came in, then of its id. The
first two are what searches sort by; two processes can give out the same number, so the id settles what
they leave open, and the order is the same in both directions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple, Protocol, TypeAlias

from app.domain.entry import LogEntry
from app.domain.errors import CancelledError, InvalidQueryError
from app.domain.filters import EVERYTHING, Filter
from app.domain.query import DEFAULT_LIMIT, RESULT_WINDOW, TOO_DEEP, Reach
from app.domain.raw_records import RawRecord

#: Most records that are read at a time for an export.
MAX_STRETCH = 5_000


class Position(NamedTuple):
    """The place of one record in the total order.

    Attributes:
        timestamp: nanoseconds since the epoch.
        sequence: the number under which it came in; 0 where the store counts none.
    """

    timestamp: int
    sequence: int
    id: str


@dataclass(frozen=True)
class Stretch:
    """Some records that ``filter`` asks for, one after the other.

    Attributes:
        limit: most records, 0 to 5,000.
        offset: records to skip, not together with ``after``.
        after: the record behind which to begin; it need not be there any more.
        counts: whether to count all records that match.
        last_sequence: what came in under a higher number is left out.

    Raises:
        InvalidQueryError: a limit or offset outside of what is allowed.
    """

    filter: Filter = EVERYTHING
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    newest_first: bool = True
    after: Position | None = None
    counts: bool = False
    last_sequence: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_STRETCH:
            raise InvalidQueryError("limit", f"must lie between 0 and {MAX_STRETCH}")
        if self.offset < 0:
            raise InvalidQueryError("offset", "must not be negative")
        if self.offset and self.after is not None:
            raise InvalidQueryError("offset", "cannot be given together with a place to begin")
        if self.offset and self.offset + self.limit > RESULT_WINDOW:
            raise InvalidQueryError("offset", TOO_DEEP)


@dataclass(frozen=True)
class RawPage:
    """The answer to a ``Stretch``.

    Attributes:
        records: in order.
        positions: of the records.
        behind: the place to go on behind; None where nothing more comes.
        total: how many match in all; None where nobody asked.
        is_total_exact: else there are at least so many.
        is_partial: the time ran out; records may be missing anywhere, and the count is too low.
        reach: None where records do not lie in indices.
    """

    records: Sequence[RawRecord]
    positions: Sequence[Position]
    behind: Position | None
    total: int | None = None
    is_total_exact: bool = True
    is_partial: bool = False
    reach: Reach | None = None


#: What neighbours have in common.
Same: TypeAlias = Literal["service", "source"]
#: Most neighbours on each side of a record.
MAX_AROUND = 500


@dataclass(frozen=True)
class Surroundings:
    """A record with its neighbours; each list has the newest first."""

    newer: Sequence[RawRecord]
    record: RawRecord
    older: Sequence[RawRecord]


@dataclass(frozen=True)
class TraceSummary:
    """What is known of a trace as a whole.

    Attributes:
        duration: nanoseconds from the first record to the last, each cut to a microsecond.
        services: in the order of their first records, as far as those were read; others behind them.
        errors: records of ERROR and above.
    """

    total: int
    duration: int
    services: Sequence[str]
    errors: int


class Cancellation:
    """Tells those who work for somebody that he has gone."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: dict[int, Callable[[], None]] = {}
        self._made = 0
        self.is_cancelled = False

    def cancel(self) -> None:
        """He has gone; what is to be called is called, in this thread."""
        with self._lock:
            self.is_cancelled = True
            calls = list(self._calls.values())
        for call in calls:
            call()

    def call(self, what: Callable[[], None]) -> Callable[[], None]:
        """Have ``what`` called if he goes; returns what takes that back.

        Raises:
            CancelledError: he has gone already.
        """
        with self._lock:
            if self.is_cancelled:
                raise CancelledError("nobody waits for the answer any more")
            self._made += 1
            number = self._made
            self._calls[number] = what
        return lambda: self._forget(number)

    def _forget(self, number: int) -> None:
        with self._lock:
            self._calls.pop(number, None)


class RecordReader(Protocol):
    """Reads records in their total order.

    Raises:
        StoreUnavailableError: the store is away.
    """

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        """The records that ``stretch`` asks for, of all that were there at the last refresh.

        Raises:
            CancelledError: who asked has gone meanwhile.
        """
        ...

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        """The record of this id and its place, also right after it was appended; None without one."""
        ...

    def last_sequence(self, filter: Filter) -> int | None:
        """The highest number under which a record that matches came in; None without one."""
        ...
