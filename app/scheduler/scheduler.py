"""Keeps the lease, starts jobs when their time has come or somebody asks, and stops in good order."""

import threading
from collections.abc import Callable
from datetime import UTC

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from app.domain.errors import LogfeedError
from app.domain.ports import Clock
from app.scheduler.runner import Jobs, Runner
from app.services.job_board import JobBoard
from app.services.lease import Lease

#: Seconds in which a run that is under way may end when the scheduler is stopped.
_GRACE_SECONDS = 5.0
_LONGEST_TICK = 1.0

_log = structlog.get_logger(__name__)


class Scheduler:
    """One instance of any number; it runs ``jobs`` while it leads.

    Args:
        ttl: length of the lease in seconds.

    Raises:
        ValueError: the cron line of a job cannot be used.
    """

    def __init__(self, jobs: Jobs, lease: Lease, board: JobBoard, clock: Clock, ttl: float) -> None:
        self._lease = lease
        self._board = board
        self._runner = Runner(jobs, lease, board, clock)
        self._tick_seconds = min(_LONGEST_TICK, ttl / 6)
        self._announced: int | None = None
        self._cron = BackgroundScheduler(timezone=UTC)
        for name, job in jobs.items():
            if job.trigger is not None:
                # A process that was asleep runs what it missed once, however late.
                self._cron.add_job(
                    self._start, job.trigger, args=[name], id=name,
                    max_instances=1, coalesce=True, misfire_grace_time=None,
                )  # fmt: skip

    def run(self, stopping: threading.Event, when_ready: Callable[[], None]) -> None:
        """Work until ``stopping``, and let another one take over then.

        Args:
            when_ready: called once, when it is known who leads.
        """
        self._cron.start()
        is_ready = False
        while not stopping.is_set():
            try:
                has_answered = self._tick()
            except LogfeedError as error:
                _log.warning("state_not_reached", reason=str(error))
                has_answered = False
            if has_answered and not is_ready:
                is_ready = True
                when_ready()
            stopping.wait(self._tick_seconds)
        self._stop()

    def _tick(self) -> bool:
        """Whether the state answered."""
        has_answered = self._lease.tick()
        term = self._lease.term
        if term is None:
            return has_answered
        if term != self._announced:
            for name in self._runner.announce(term):
                self._start(name)
            self._announced = term
        self._runner.save_what_was_not()
        for name in self._runner.take_left():
            self._start(name)
        for name, request in self._board.requests().items():
            if not self._runner.has(name):
                self._board.answered(name, request)
            elif not self._runner.is_running(name):
                self._start(name, request)
        return has_answered

    def _start(self, name: str, request: str = "") -> None:
        # Of its own, and no pool's: a call that hangs must not keep this process from ending.
        threading.Thread(
            target=self._runner.run, args=(name, request), name=f"job-{name}", daemon=True
        ).start()

    def _stop(self) -> None:
        self._cron.shutdown(wait=False)
        if self._runner.stop(_GRACE_SECONDS):
            self._lease.release()
        else:
            _log.warning("job_still_running", hint="the next leader waits until the lease runs out")
            self._lease.abandon()
