"""Stand-ins for what lies outside: a clock that is set by hand, stores that go away."""

from collections.abc import Callable, Sequence

from app.domain.appending import AppendsAtOnce
from app.domain.dead_letters import DeadLetter, LetterPage, LetterQuery, Replayed
from app.domain.entry import LogEntry
from app.domain.errors import StoreUnavailableError
from app.domain.filters import Filter
from app.domain.metadata import JsonScalar
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Health, StateDocument
from app.domain.query import Page, Query, Stats
from app.domain.reserving import AtOnce, Work
from app.stores.memory import InMemoryDatabase
from app.stores.memory_state import InMemoryStateStore
from tests.builders import NOON_NS


class FakeClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: int = NOON_NS) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, *, ms: int = 0, hours: int = 0) -> None:
        """Move on; back, with a negative distance."""
        self.now += ms * 1_000_000 + hours * 3_600_000_000_000


class CountingIds:
    """Ids ``id-1``, ``id-2`` and so on; none at all while ``is_away``."""

    def __init__(self) -> None:
        self.is_away = False
        self.is_closed = False
        self._made = 0

    def prepare(self) -> None:
        """Nothing to reserve."""

    def trouble(self) -> str:
        return "no id can be made now" if self.is_away else ""

    def next_ids(self, count: int) -> list[str]:
        if self.is_away:
            raise StoreUnavailableError("no id can be made now")
        self._made += count
        return [f"id-{number + 1}" for number in range(self._made - count, self._made)]

    def close(self) -> None:
        self.is_closed = True


class ByHand(AtOnce):
    """Reservations that hang until the test has them done.

    Attributes:
        asked: how often they were asked for.
    """

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self.asked = 0

    def ask(self) -> bool:
        self.asked += 1
        return False

    def do(self) -> None:
        """What was asked for is done now."""
        super().ask()


class FlakyDatabase(AppendsAtOnce):
    """A store in memory that can go away and come back.

    Attributes:
        is_away: it cannot be reached, and its health says so.
        fails_unannounced: it cannot be reached, although its health says that all is well.
        streams: the stream of each append.
        reads: how many searches, counts and look-ups it answered.
    """

    def __init__(self) -> None:
        self.records = InMemoryDatabase()
        self.is_away = False
        self.fails_unannounced = False
        self.is_closed = False
        self.streams: list[str] = []
        self.reads = 0

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        if self.is_away or self.fails_unannounced:
            return [Outcome.failed("the store is away", id=entry.id) for entry in entries]
        self.streams.append(stream)
        return self.records.append(entries, stream)

    def get(self, id: str) -> LogEntry | None:
        return self._reachable().get(id)

    def search(self, query: Query) -> Page:
        return self._reachable().search(query)

    def count(self, filter: Filter) -> int:
        return self._reachable().count(filter)

    def stats(self, filter: Filter) -> Stats:
        return self._reachable().stats(filter)

    def refresh(self) -> None:
        self._reachable().refresh()

    def health(self) -> Health:
        return Health(not self.is_away, "away" if self.is_away else "here")

    def close(self) -> None:
        self.is_closed = True

    def _reachable(self) -> InMemoryDatabase:
        if self.is_away or self.fails_unannounced:
            raise StoreUnavailableError("the store is away")
        self.reads += 1
        return self.records


class AnsweringDatabase(FlakyDatabase):
    """A store whose writes are answered by ``answer``; it keeps nothing of them."""

    def __init__(self, answer: Callable[[Sequence[LogEntry], Acknowledge], list[Outcome]]) -> None:
        super().__init__()
        self._answer = answer

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        return self._answer(entries, ack)


class BrokenDatabase(FlakyDatabase):
    """A store with a bug: what it raises is no error of the domain."""

    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        raise RuntimeError("password=hunter2 in line 17")

    def search(self, query: Query) -> Page:
        raise RuntimeError("password=hunter2 in line 17")


class FlakyStateStore:
    """Shared state in memory that can go away, or let somebody else be faster.

    Attributes:
        before_write: called before the next write, once; what it does comes first.
    """

    def __init__(self) -> None:
        self.documents = InMemoryStateStore()
        self.is_away = False
        self.before_write: Callable[[], object] | None = None

    def read(self, key: str) -> StateDocument | None:
        self._check()
        return self.documents.read(key)

    def create(self, key: str, body: dict[str, JsonScalar]) -> bool:
        self._check()
        self._race()
        return self.documents.create(key, body)

    def replace(self, key: str, body: dict[str, JsonScalar], version: str) -> bool:
        self._check()
        self._race()
        return self.documents.replace(key, body, version)

    def delete(self, key: str, version: str) -> bool:
        self._check()
        self._race()
        return self.documents.delete(key, version)

    def find(self, prefix: str) -> dict[str, StateDocument]:
        self._check()
        return self.documents.find(prefix)

    def _check(self) -> None:
        if self.is_away:
            raise StoreUnavailableError("the shared state is away")

    def _race(self) -> None:
        rival, self.before_write = self.before_write, None
        if rival is not None:
            rival()


class FakeDeadLetters:
    """Dead letters in memory, in the order in which they are given.

    Attributes:
        letters: those that are there.
        fates: what becomes of a letter that is replayed; created, where nothing is said.
        is_away: the store cannot be reached.
        queries: what was asked for.
    """

    def __init__(self, *letters: DeadLetter) -> None:
        self.letters = {letter.id: letter for letter in letters}
        self.fates: dict[str, Outcome] = {}
        self.is_away = False
        self.queries: list[LetterQuery] = []

    def find(self, query: LetterQuery) -> LetterPage:
        self._check()
        self.queries.append(query)
        found = [
            letter
            for letter in self.letters.values()
            if query.service in (None, letter.service)
            and (query.refused_before is None or letter.last_refused < query.refused_before)
        ]
        rest = [letter for letter in found if query.cursor is None or letter.id > query.cursor]
        shown = rest[: query.limit]
        next_cursor = shown[-1].id if len(rest) > len(shown) else None
        return LetterPage(shown, len(found), next_cursor)

    def get(self, id: str) -> DeadLetter | None:
        self._check()
        return self.letters.get(id)

    def replay(self, ids: Sequence[str]) -> list[Replayed]:
        self._check()
        replayed = []
        for name in ids:
            letter = self.letters.get(name)
            fate = None
            if letter is not None:
                fate = self.fates.get(name, Outcome.created(letter.record_id))
                if fate.is_stored:
                    del self.letters[name]
            replayed.append(Replayed(name, fate))
        return replayed

    def purge(self, ids: Sequence[str]) -> int:
        self._check()
        return sum(self.letters.pop(name, None) is not None for name in ids)

    def _check(self) -> None:
        if self.is_away:
            raise StoreUnavailableError("the store is away")
