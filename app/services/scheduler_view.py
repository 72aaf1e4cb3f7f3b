"""The scheduler as any process sees it: who leads, what the jobs did, and a way to ask for a run."""

import dataclasses
import threading
from collections.abc import Callable

from app.domain.errors import StoreUnavailableError
from app.domain.instants import NANOS_PER_SECOND
from app.domain.jobs import Leader, Outcome, SchedulerStatus
from app.domain.ports import Clock, StateDocument, StateStore
from app.services.job_board import JobBoard
from app.services.lease import LEASE_KEY

#: Seconds that clocks may differ before a leader is missed at the first look.
_TOLERANCE = 10.0


class SchedulerView:
    """Reads what the leader writes; safe for use from several threads.

    Whether somebody leads is shown to people and decides nothing. At the first look it is told by the
    wall clocks; from then on by whether the lease is renewed.

    Every method raises ``StoreUnavailableError`` while the state is away.
    """

    def __init__(self, state: StateStore, steady: Callable[[], float], clock: Clock) -> None:
        self._state = state
        self._steady = steady
        self._clock = clock
        self._board = JobBoard(state)
        self._lock = threading.Lock()
        self._seen: tuple[str, float] | None = None

    def status(self) -> SchedulerStatus:
        """All that is known now."""
        lease = self._state.read(LEASE_KEY)
        if lease is None:
            return SchedulerStatus(None)
        leader = self._leader(lease)
        jobs = []
        for name in _names(lease):
            job = self._board.read(name)
            if job.outcome is Outcome.RUNNING and (leader is None or leader.term > job.term):
                job = dataclasses.replace(job, outcome=Outcome.INTERRUPTED)
            jobs.append(job)
        requested = frozenset(self._board.requests()) if jobs else frozenset()
        return SchedulerStatus(leader, tuple(jobs), requested)

    def ask(self, name: str) -> str | None:
        """Ask the leader to run a job now; the id of the request, None if it has no such job.

        Raises:
            StoreUnavailableError: nobody leads.
        """
        lease = self._state.read(LEASE_KEY)
        if lease is None or self._leader(lease) is None:
            raise StoreUnavailableError(
                "no scheduler leads now: start one with `logfeed scheduler`, or wait until another "
                "has taken over"
            )
        return self._board.ask(name) if name in _names(lease) else None

    def names(self) -> list[str]:
        """The jobs of the leader, or of the last one."""
        lease = self._state.read(LEASE_KEY)
        return [] if lease is None else _names(lease)

    def _leader(self, lease: StateDocument) -> Leader | None:
        holder, term, since = (lease.body.get(name) for name in ("holder", "term", "since"))
        if not isinstance(holder, str) or not self._is_renewed(lease):
            return None
        return Leader(holder, _whole(term), _whole(since))

    def _is_renewed(self, lease: StateDocument) -> bool:
        ttl, renewed_at = lease.body.get("ttl"), lease.body.get("renewed_at")
        seconds = float(ttl) if isinstance(ttl, int | float) else 0.0
        now = self._steady()
        with self._lock:
            if self._seen is None:
                age = (self._clock() - _whole(renewed_at)) / NANOS_PER_SECOND
                is_alive = abs(age) < seconds + _TOLERANCE
                self._seen = (lease.version, now - max(0.0, age) if is_alive else now - seconds)
            elif lease.version != self._seen[0]:
                self._seen = (lease.version, now)
            return now - self._seen[1] < seconds


def _names(lease: StateDocument) -> list[str]:
    names = lease.body.get("jobs")
    return names.split(",") if isinstance(names, str) and names else []


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
