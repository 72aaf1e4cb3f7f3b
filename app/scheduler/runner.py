"""Runs one job: under the lease, never twice at a time, and with a word on what became of it."""

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from apscheduler.triggers.base import BaseTrigger

from app.domain.errors import LogfeedError
from app.domain.instants import datetime_to_ns, ns_to_datetime
from app.domain.jobs import Job, JobResult, JobStatus, NotLeaderError, Outcome
from app.domain.ports import Clock
from app.scheduler import cron
from app.services.job_board import JobBoard
from app.services.lease import Lease

_LONGEST_DETAIL = 2_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ScheduledJob:
    """A job and when it runs.

    Attributes:
        line: a cron line in UTC, or ``off``: only on demand then.
    """

    job: Job
    line: str = cron.OFF

    @property
    def trigger(self) -> BaseTrigger | None:
        """When it runs.

        Raises:
            ValueError: the line cannot be used.
        """
        return cron.parse(self.line)


#: Name -> job; what is listed is in this order.
Jobs = Mapping[str, ScheduledJob]


class Runner:
    """Runs the jobs of a table, each by the thread that calls."""

    def __init__(self, jobs: Jobs, lease: Lease, board: JobBoard, clock: Clock) -> None:
        self._jobs = jobs
        self._triggers = {name: job.trigger for name, job in jobs.items()}
        self._lease = lease
        self._board = board
        self._clock = clock
        self._running = {name: threading.Lock() for name in jobs}
        self._is_stopping = False
        self._left: set[str] = set()
        self._unsaved_lock = threading.Lock()
        self._unsaved: dict[str, tuple[int, Callable[[JobStatus], JobStatus]]] = {}

    def has(self, name: str) -> bool:
        """Whether there is such a job."""
        return name in self._jobs

    def is_running(self, name: str) -> bool:
        """Whether it runs here now."""
        return self._running[name].locked()

    def run(self, name: str, request: str = "") -> None:
        """Run it now, unless it runs already or this process does not lead; raises nothing.

        Args:
            request: the id of the request on which it is run.
        """
        term = self._lease.term
        if term is None or self._is_stopping or not self._running[name].acquire(blocking=False):
            return
        try:
            self._run(name, term, request)
        except LogfeedError as error:
            _log.warning("job_not_begun", job=name, reason=str(error))
            self._left.add(name)
        finally:
            self._running[name].release()

    def announce(self, term: int) -> list[str]:
        """Tell that this process leads now; the names of the jobs that should have been run meanwhile.

        Raises:
            StoreUnavailableError: the state is away; to be called again.
        """
        self._left.clear()
        overdue = []
        for name in self._jobs:
            now = self._clock()
            begun = self._begun(name, now)
            self._board.update(name, term, begun)
            if self._is_overdue(name, self._board.read(name), now):
                overdue.append(name)
        return overdue

    def save_what_was_not(self) -> None:
        """Write down the ends of runs that could not be written when they ended."""
        with self._unsaved_lock:
            for name, (term, change) in list(self._unsaved.items()):
                self._board.update(name, term, change)
                del self._unsaved[name]

    def take_left(self) -> list[str]:
        """Jobs that could not be begun or ended for want of the state, to be run again now."""
        left = [name for name in list(self._left) if not self.is_running(name)]
        self._left.difference_update(left)
        return left

    def stop(self, seconds: float) -> bool:
        """Let no run change anything any more; whether all have ended within ``seconds``."""
        self._is_stopping = True
        until = time.monotonic() + seconds
        for lock in self._running.values():
            if not lock.acquire(timeout=max(0.0, until - time.monotonic())):
                return False
            lock.release()
        return True

    def _run(self, name: str, term: int, request: str) -> None:
        def guard() -> None:
            if self._is_stopping:
                raise NotLeaderError("this scheduler is being stopped")
            self._lease.check(term)

        def started(status: JobStatus) -> JobStatus:
            return dataclasses.replace(
                status, outcome=Outcome.RUNNING, detail="", started_at=self._clock(),
                ended_at=None, instance=self._lease.holder, request=request,
            )  # fmt: skip

        guard()
        self.save_what_was_not()
        self._board.update(name, term, started)
        if request:
            self._board.answered(name, request)
        outcome, detail = self._outcome(name, guard)
        if outcome is Outcome.INTERRUPTED:
            self._left.add(name)
        self._end(name, term, outcome, detail)

    def _outcome(self, name: str, guard: Callable[[], None]) -> tuple[Outcome, str]:
        try:
            result: JobResult = self._jobs[name].job(guard)
        except NotLeaderError as error:
            _log.warning("job_interrupted", job=name, reason=str(error))
            return Outcome.INTERRUPTED, str(error)
        except LogfeedError as error:
            _log.warning("job_failed", job=name, reason=str(error))
            return Outcome.FAILED, str(error)
        # A job with a bug is noted like any other failure; the others go on.
        except Exception as error:  # noqa: BLE001
            _log.exception("job_failed", job=name)
            return Outcome.FAILED, f"unexpected {type(error).__name__}: {error}"
        _log.info("job_done", job=name, detail=result.text)
        return Outcome.ATTENTION if result.needs_attention else Outcome.DONE, result.text

    def _end(self, name: str, term: int, outcome: Outcome, detail: str) -> None:
        now = self._clock()

        def ended(status: JobStatus) -> JobStatus:
            return dataclasses.replace(
                status,
                outcome=outcome,
                detail=detail[:_LONGEST_DETAIL],
                ended_at=now,
                next_run_at=self._next_run(name, now),
                last_success_at=now
                if outcome in (Outcome.DONE, Outcome.ATTENTION)
                else status.last_success_at,
                failures=status.failures + (outcome is Outcome.FAILED),
            )

        try:
            self._board.update(name, term, ended)
        except LogfeedError as error:
            _log.warning("job_end_not_noted", job=name, reason=str(error))
            with self._unsaved_lock:
                self._unsaved[name] = (term, ended)

    def _begun(self, name: str, now: int) -> Callable[[JobStatus], JobStatus]:
        def begun(status: JobStatus) -> JobStatus:
            # One that ran when its leader went is not run by anybody now.
            is_cut_off = status.outcome is Outcome.RUNNING and not self.is_running(name)
            return dataclasses.replace(
                status,
                schedule=self._jobs[name].line,
                known_since=status.known_since or now,
                next_run_at=self._next_run(name, now),
                outcome=Outcome.INTERRUPTED if is_cut_off else status.outcome,
            )

        return begun

    def _is_overdue(self, name: str, status: JobStatus, now: int) -> bool:
        trigger = self._triggers[name]
        if trigger is None:
            return False
        if status.outcome is Outcome.INTERRUPTED:
            return True
        last = ns_to_datetime(status.started_at or status.known_since)
        due: datetime | None = trigger.get_next_fire_time(last, last)
        return due is not None and datetime_to_ns(due) <= now

    def _next_run(self, name: str, now: int) -> int | None:
        trigger = self._triggers[name]
        if trigger is None:
            return None
        later = ns_to_datetime(now) + timedelta(microseconds=1)
        due: datetime | None = trigger.get_next_fire_time(None, later)
        return None if due is None else datetime_to_ns(due)
