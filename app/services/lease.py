"""One leader among processes, by one document in the shared state, changed by compare-and-set.

No two clocks are ever compared. A follower takes over when it has seen the same version of the document
for the whole length of the lease, by its own clock. The holder trusts its lease for two thirds of that
after it began the last successful renewal, by its own clock. So both clocks may go at rates that differ
by less than half, and what was begun under the lease has a third of it to end in.

The clocks must go on while the machine sleeps. Where one does not (a virtual machine that is frozen),
the guard finds out, as it reads the document each time.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from app.domain.errors import LogfeedError
from app.domain.jobs import NotLeaderError
from app.domain.metadata import JsonScalar
from app.domain.ports import Clock, StateDocument, StateStore

LEASE_KEY = "scheduler-lease"
#: Times that a renewal is tried again when the document has changed meanwhile and is still ours.
_ATTEMPTS = 3

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Held:
    """The lease is ours.

    Attributes:
        term: under which it was taken.
        renewed: when the last successful renewal was begun, by the steady clock.
        since: when it was taken, by the wall clock.
    """

    term: int
    renewed: float
    since: int


class Lease:
    """The right to lead, as one process has it or seeks it; safe for use from several threads.

    Args:
        holder: a name that no other process has, nor this one after a restart.
        ttl: seconds after which a lease that is not renewed goes to another.
        steady: seconds of a clock that never goes back and does not stop.
        clock: the wall clock; it is written down for people, and decides nothing.
        about: more to write into the document, for people.
    """

    def __init__(
        self,
        state: StateStore,
        holder: str,
        ttl: float,
        steady: Callable[[], float],
        clock: Clock,
        about: Mapping[str, JsonScalar] | None = None,
    ) -> None:
        self.holder = holder
        self._state = state
        self._ttl = ttl
        self._steady = steady
        self._clock = clock
        self._about = dict(about or {})
        # Held during calls to the state; `term` must not wait for those, so it takes no lock.
        self._calling = threading.Lock()
        self._held: _Held | None = None
        self._seen_version: str | None = None
        self._seen_at = 0.0
        self._highest = 0
        self._is_over = False

    @property
    def term(self) -> int | None:
        """The term under which this process leads, as far as it knows; None if it does not."""
        held = self._held
        if held is None or self._is_over or self._age(held) >= self._ttl * 2 / 3:
            return None
        return held.term

    def tick(self) -> bool:
        """Renew the lease, or take it if it is free; to be called at least every sixth of its length.

        Where the state is away, which is answered by False, nothing changes and the lease runs out.
        """
        with self._calling:
            if self._is_over:
                return True
            held = self._held
            try:
                if held is not None and self._age(held) >= self._ttl:
                    self._lose("it ran out")
                    held = None
                if held is None:
                    self._seek()
                elif self._age(held) >= self._ttl / 3:
                    self._renew(held)
            except LogfeedError as error:
                _log.warning("lease_not_reached", reason=str(error))
                return False
            return True

    def check(self, term: int) -> None:
        """Return if this process leads under ``term``, by the document as it is now.

        Raises:
            NotLeaderError: it does not, or the state is away so that it cannot be known.
        """
        with self._calling:
            held = self._held
            if held is None or held.term != term:
                raise NotLeaderError(f"{self.holder} does not lead any more")
            try:
                if self._age(held) < self._ttl / 3:
                    self._read_own(held)
                else:
                    self._renew(held)
            except LogfeedError as error:
                raise NotLeaderError(f"whether {self.holder} leads is not known: {error}") from None
            if self.term != term:
                raise NotLeaderError(f"{self.holder} does not lead any more")

    def release(self) -> None:
        """Let another take over at once; where the state is away, the lease runs out."""
        with self._calling:
            held, self._held = self._held, None
            if held is None:
                return
            try:
                document = self._read_own(held)
                if document is not None:
                    body = self._body(held.term, held.since) | {"holder": None}
                    self._state.replace(LEASE_KEY, body, document.version)
            except LogfeedError as error:
                _log.warning("lease_not_released", reason=str(error))

    def abandon(self) -> None:
        """Lead no more, and let the lease run out: what was begun under it may not have ended."""
        self._is_over = True

    def _seek(self) -> None:
        document = self._state.read(LEASE_KEY)
        # After the answer: the version that it bears was written before.
        now = self._steady()
        if document is None:
            self._take(self._highest + 1, now, None)
            return
        if document.version != self._seen_version:
            self._seen_version, self._seen_at = document.version, now
        term = document.body.get("term")
        self._highest = max(self._highest, term if isinstance(term, int) else 0)
        # Our own name stands there when the answer to our writing it was lost.
        is_free = document.body.get("holder") in (None, self.holder)
        if is_free or now - self._seen_at >= self._ttl:
            self._take(self._highest + 1, now, document)

    def _take(self, term: int, now: float, document: StateDocument | None) -> None:
        since = self._clock()
        body = self._body(term, since)
        if document is None:
            is_ours = self._state.create(LEASE_KEY, body)
        else:
            is_ours = self._state.replace(LEASE_KEY, body, document.version)
        if is_ours:
            self._highest = term
            self._held = _Held(term, now, since)
            _log.info("lease_taken", instance=self.holder, term=term)

    def _renew(self, held: _Held) -> None:
        for _ in range(_ATTEMPTS):
            began = self._steady()
            document = self._read_own(held)
            if document is None:
                return
            body = self._body(held.term, held.since)
            if self._state.replace(LEASE_KEY, body, document.version):
                self._held = _Held(held.term, began, held.since)
                return

    def _read_own(self, held: _Held) -> StateDocument | None:
        """The document, None if it is not ours any more, so that we do not lead."""
        document = self._state.read(LEASE_KEY)
        found = document.body if document is not None else {}
        if found.get("holder") == self.holder and found.get("term") == held.term:
            return document
        self._lose(f"{found.get('holder') or 'nobody'} has it")
        return None

    def _lose(self, reason: str) -> None:
        self._held = None
        _log.warning("lease_lost", instance=self.holder, reason=reason)

    def _body(self, term: int, since: int) -> dict[str, JsonScalar]:
        return {
            **self._about,
            "holder": self.holder,
            "term": term,
            "ttl": self._ttl,
            "since": since,
            "renewed_at": self._clock(),
        }

    def _age(self, held: _Held) -> float:
        return self._steady() - held.renewed
