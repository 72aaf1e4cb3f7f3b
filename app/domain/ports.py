"""What the core needs from the outside, as protocols; adapters implement them, wiring picks them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from app.domain.dead_letters import DeadLetter, LetterPage, LetterQuery, Replayed
from app.domain.entry import LogEntry
from app.domain.errors import OverloadedError
from app.domain.filters import Filter
from app.domain.metadata import JsonScalar
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.query import Page, Query, Stats
from app.domain.regions import ReplicationReport

#: The wall clock: nanoseconds since the epoch.
Clock: TypeAlias = Callable[[], int]

#: The stream of records that no rule sends elsewhere.
DEFAULT_STREAM = "default"
#: The stream of old files that are read in: few long periods instead of many days.
IMPORTED_STREAM = "imported"
#: Those that a writer may name; rules part them further.
STREAMS = (DEFAULT_STREAM, IMPORTED_STREAM)


#: Is told the outcome of each record of a batch, in order, or that nothing of it could be taken.
Appended: TypeAlias = Callable[[list[Outcome] | OverloadedError], None]


@dataclass(frozen=True)
class Health:
    """Whether a store can answer.

    Attributes:
        is_ready: it takes writes and answers searches.
        detail: one line for the operator.
    """

    is_ready: bool
    detail: str


class DatabaseInterface(Protocol):
    """A store of records. Safe for use from several threads.

    Every method but ``close`` raises ``StoreUnavailableError`` when the store is away, except that
    ``append`` answers with failed outcomes, and raises ``OverloadedError`` when too much waits already.
    """

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Store ``entries`` and say for each, in order, what became of it.

        ``ack`` says what is waited for; a store may do more. One that has not stored a record in time,
        but has it safe on disk, answers that it is accepted.

        A record whose id is there already, in the same partition, is a duplicate and is not written.
        """
        ...

    def append_then(
        self, entries: Sequence[LogEntry], stream: str, ack: Acknowledge, then: Appended
    ) -> None:
        """``append`` for callers that must not be held up: it tells ``then``, and raises nothing.

        ``then`` is called exactly once, by any thread or at once, and must be quick.
        """
        ...

    def get(self, id: str) -> LogEntry | None:
        """The record of this id, also right after it was appended; None if there is none."""
        ...

    def search(self, query: Query) -> Page:
        """One page of the records that match, of all that were there at the last refresh."""
        ...

    def count(self, filter: Filter) -> int:
        """How many records match."""
        ...

    def stats(self, filter: Filter) -> Stats:
        """Counts by level and service over the records that match."""
        ...

    def refresh(self) -> None:
        """Make every record that was appended visible to ``search``, ``count`` and ``stats``."""
        ...

    def health(self) -> Health:
        """Whether the store can answer; never raises."""
        ...

    def close(self) -> None:
        """Let go of connections; the store cannot be used afterwards."""
        ...


class IdGenerator(Protocol):
    """Makes the ids of records that bring none."""

    def prepare(self) -> None:
        """Have what the first ids need reserved; waits for nobody. Not to be called before a fork."""
        ...

    def trouble(self) -> str:
        """Why records without ids are better not sent now; empty if nothing speaks against it."""
        ...

    def next_ids(self, count: int) -> list[str]:
        """``count`` new ids; waits for nobody, so that an event loop can call it.

        Those of a kind rise. A generator may make ids of another kind while it cannot reserve what its
        own need (a node number for example).

        Raises:
            LogfeedError: what it needs is not reserved, and there is no other kind to make.
        """
        ...

    def close(self) -> None:
        """Give back what was reserved."""
        ...


@dataclass(frozen=True)
class StateDocument:
    """A small shared document and the version that a change must name."""

    body: dict[str, JsonScalar]
    version: str


class StateStore(Protocol):
    """Small documents that all processes share, changed by compare-and-set.

    Raises:
        StoreUnavailableError: the store is away.
    """

    def read(self, key: str) -> StateDocument | None:
        """The document, None if there is none."""
        ...

    def create(self, key: str, body: dict[str, JsonScalar]) -> bool:
        """Write it if there is none; False if there is one."""
        ...

    def replace(self, key: str, body: dict[str, JsonScalar], version: str) -> bool:
        """Write it if it still has ``version``; False if somebody was faster."""
        ...

    def delete(self, key: str, version: str) -> bool:
        """Remove it if it still has ``version``; False if somebody was faster."""
        ...

    def find(self, prefix: str) -> dict[str, StateDocument]:
        """Every document whose key begins with ``prefix``, by its key, in the order of the keys."""
        ...


class ReplicationReports(Protocol):
    """What there is to know of replication between regions."""

    def report(self) -> ReplicationReport:
        """How it goes.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        ...


class DeadLetterStore(Protocol):
    """What the store refused for good; what is done twice, or killed in the middle, does no harm.

    Raises:
        StoreUnavailableError: the store is away.
    """

    def find(self, query: LetterQuery) -> LetterPage:
        """One page of the letters that are asked for.

        Raises:
            InvalidQueryError: the cursor is none.
        """
        ...

    def get(self, id: str) -> DeadLetter | None:
        """The letter of this id, with its record; None if there is none."""
        ...

    def replay(self, ids: Sequence[str]) -> list[Replayed]:
        """Try again to store these records, under their own ids; an answer for each, in order.

        The record is stored first and its letter removed afterwards.
        """
        ...

    def purge(self, ids: Sequence[str]) -> int:
        """Delete these letters and the records in them for good; returns how many there were."""
        ...
