"""A runner over a state in memory, with clocks that a test sets."""

from collections.abc import Callable

from app.domain.jobs import Guard, Job, JobResult, JobStatus
from app.scheduler.runner import Runner, ScheduledJob
from app.services.job_board import JobBoard
from app.services.lease import Lease
from tests.fakes import FakeClock, FlakyStateStore

TTL = 15.0


class Bench:
    """One instance of the scheduler, and what it sees; the clocks go together."""

    def __init__(
        self, state: FlakyStateStore | None = None, clock: FakeClock | None = None
    ) -> None:
        self.state = state or FlakyStateStore()
        self.clock = clock or FakeClock()
        self.board = JobBoard(self.state)

    def steady(self) -> float:
        return self.clock.now / 1e9

    def lease(self, holder: str = "one", jobs: str = "a") -> Lease:
        return Lease(self.state, holder, TTL, self.steady, self.clock, {"jobs": jobs})

    def runner(self, lease: Lease, job: Job, line: str = "0 * * * *") -> Runner:
        return Runner({"a": ScheduledJob(job, line)}, lease, self.board, self.clock)

    def status(self) -> JobStatus:
        """What is known of the one job."""
        return self.board.read("a")


def does(text: str = "did it", *, needs_attention: bool = False) -> Callable[[Guard], JobResult]:
    """A job that asks the guard once."""

    def run(guard: Guard) -> JobResult:
        guard()
        return JobResult(text, needs_attention)

    return run


def raises(error: Exception) -> Callable[[Guard], JobResult]:
    """A job that fails."""

    def run(guard: Guard) -> JobResult:
        raise error

    return run
