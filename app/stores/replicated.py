"""One store made of several copies."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import RLock
from typing import TypeVar

from app.domain.appending import AppendsAtOnce
from app.domain.entry import LogEntry
from app.domain.errors import StoreUnavailableError
from app.domain.filters import Filter
from app.domain.outcomes import Acknowledge, Outcome, Status
from app.domain.ports import DEFAULT_STREAM, DatabaseInterface, Health
from app.domain.query import Page, Query, Stats
from app.domain.replication import ReplicationStrategy
from app.stores.load_balancer import LoadBalancer

T = TypeVar("T")


class ReplicatedDatabase(AppendsAtOnce):
    """A store whose writes and reads go where ``strategy`` says."""

    def __init__(self, strategy: ReplicationStrategy) -> None:
        self._strategy = strategy

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """Store ``entries`` by the strategy."""
        return self._strategy.write(entries, stream)

    def get(self, id: str) -> LogEntry | None:
        """The record of this id, from a healthy copy."""
        return self._ask(lambda copy: copy.get(id))

    def search(self, query: Query) -> Page:
        """One page, from a healthy copy."""
        return self._ask(lambda copy: copy.search(query))

    def count(self, filter: Filter) -> int:
        """How many records match, on a healthy copy."""
        return self._ask(lambda copy: copy.count(filter))

    def stats(self, filter: Filter) -> Stats:
        """Counts, from a healthy copy."""
        return self._ask(lambda copy: copy.stats(filter))

    def refresh(self) -> None:
        """Bring every healthy copy up to date and make all of it visible."""
        self._strategy.synchronise()
        for copy in self._strategy.copies:
            if copy.health().is_ready:
                copy.refresh()

    def health(self) -> Health:
        """Ready while one copy is."""
        ready = sum(copy.health().is_ready for copy in self._strategy.copies)
        total = len(self._strategy.copies)
        return Health(is_ready=ready > 0, detail=f"{ready} of {total} copies are ready")

    def close(self) -> None:
        """Close every copy."""
        for copy in self._strategy.copies:
            copy.close()

    def _ask(self, question: Callable[[DatabaseInterface], T]) -> T:
        # A copy may go away between its health check and its answer; then the next one is asked.
        for _ in self._strategy.copies[1:]:
            try:
                return question(self._strategy.reader())
            except StoreUnavailableError:
                continue
        return question(self._strategy.reader())


class MasterSlaveReplication:
    """One copy takes all writes, the others follow it in the same order.

    A follower that is away does not hold up writes: what it missed waits in a queue and is delivered
    when it is back. It is not read before it has caught up.
    """

    def __init__(self, master: DatabaseInterface, slaves: Sequence[DatabaseInterface]) -> None:
        self._master = master
        self._slaves = tuple(slaves)
        self._lock = RLock()
        self._backlogs: list[deque[tuple[LogEntry, str]]] = [deque() for _ in self._slaves]
        self._readers = LoadBalancer(range(len(self._slaves) + 1), self._can_be_read)

    @property
    def copies(self) -> Sequence[DatabaseInterface]:
        """The master, then its followers."""
        return (self._master, *self._slaves)

    def write(self, entries: Sequence[LogEntry], stream: str) -> list[Outcome]:
        """Store on the master, then pass on what it created."""
        with self._lock:
            outcomes = self._master.append(entries, stream)
            for entry, outcome in zip(entries, outcomes, strict=True):
                if outcome.status is Status.CREATED:
                    for backlog in self._backlogs:
                        backlog.append((entry, stream))
            self.synchronise()
        return outcomes

    def reader(self) -> DatabaseInterface:
        """The master and the followers that are up to date, in turn."""
        return self.copies[self._readers.next()]

    def synchronise(self) -> int:
        """Deliver what waits for the followers that can be reached."""
        with self._lock:
            pairs = zip(self._slaves, self._backlogs, strict=True)
            return sum(_drain(slave, backlog) for slave, backlog in pairs)

    def lag(self) -> list[int]:
        """For each follower, how many records it is behind."""
        return [len(backlog) for backlog in self._backlogs]

    def _can_be_read(self, number: int) -> bool:
        is_behind = number > 0 and bool(self._backlogs[number - 1])
        return not is_behind and self.copies[number].health().is_ready


class MultiMasterReplication:
    """Every copy takes writes and passes them on to all the others.

    Records never change and their ids are unique, so the copies hold the same set in the end whatever
    the order of delivery was.
    """

    def __init__(self, masters: Sequence[DatabaseInterface]) -> None:
        self._masters = tuple(masters)
        self._lock = RLock()
        self._backlogs: list[deque[tuple[LogEntry, str]]] = [deque() for _ in self._masters]
        self._writers = LoadBalancer(range(len(self._masters)), self._is_ready)
        self._readers = LoadBalancer(range(len(self._masters)), self._can_be_read)

    @property
    def copies(self) -> Sequence[DatabaseInterface]:
        """All masters."""
        return self._masters

    def write(self, entries: Sequence[LogEntry], stream: str) -> list[Outcome]:
        """Store on the next healthy master, then pass on to the others."""
        with self._lock:
            # What other masters took before must be known here, or a duplicate would pass for new.
            self.synchronise()
            try:
                number = self._writers.next()
            except StoreUnavailableError as error:
                return [Outcome.failed(str(error), id=entry.id) for entry in entries]
            outcomes = self._masters[number].append(entries, stream)
            for entry, outcome in zip(entries, outcomes, strict=True):
                if outcome.status is Status.CREATED:
                    for other, backlog in enumerate(self._backlogs):
                        if other != number:
                            backlog.append((entry, stream))
            self.synchronise()
        return outcomes

    def reader(self) -> DatabaseInterface:
        """The masters that have everything, in turn."""
        return self._masters[self._readers.next()]

    def synchronise(self) -> int:
        """Deliver what waits for the masters that can be reached."""
        with self._lock:
            pairs = zip(self._masters, self._backlogs, strict=True)
            return sum(_drain(master, backlog) for master, backlog in pairs)

    def _is_ready(self, number: int) -> bool:
        return self._masters[number].health().is_ready

    def _can_be_read(self, number: int) -> bool:
        return not self._backlogs[number] and self._is_ready(number)


def _drain(copy: DatabaseInterface, backlog: "deque[tuple[LogEntry, str]]") -> int:
    delivered = 0
    while backlog and copy.health().is_ready:
        entry, stream = backlog[0]
        if not copy.append([entry], stream)[0].is_stored:
            break
        backlog.popleft()
        delivered += 1
    return delivered
