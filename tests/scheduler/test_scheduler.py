"""The scheduler at work in a thread, over a state in memory."""

import contextlib
import threading
from collections.abc import Iterator

import pytest

from app.domain.jobs import Job, JobStatus, Outcome
from app.scheduler.runner import ScheduledJob
from app.scheduler.scheduler import Scheduler
from app.scheduler.steady import steady_clock
from app.services.job_board import JobBoard
from app.services.lease import Lease
from app.services.scheduler_view import SchedulerView
from app.wiring.clock import system_clock
from tests.engine.eventually import eventually
from tests.fakes import FlakyStateStore
from tests.scheduler.bench import does, raises

#: Seconds. No test here waits until a lease runs out, and on no machine may it do so by itself.
_LEASE = 300.0
#: By this length a scheduler reckons how often it looks.
_OFTEN = 1.5


class Site:
    """A state, and schedulers over it."""

    def __init__(self) -> None:
        self.state = FlakyStateStore()
        self.view = SchedulerView(self.state, steady_clock, system_clock)

    @contextlib.contextmanager
    def scheduler(self, name: str, **jobs: Job) -> Iterator[threading.Event]:
        """One at work during the block; the event is set when it knows who leads."""
        about = {"jobs": ",".join(jobs)}
        lease = Lease(self.state, name, _LEASE, steady_clock, system_clock, about)
        table = {key: ScheduledJob(job, "0 0 29 2 *") for key, job in jobs.items()}
        scheduler = Scheduler(table, lease, JobBoard(self.state), system_clock, _OFTEN)
        stopping, ready = threading.Event(), threading.Event()
        thread = threading.Thread(target=scheduler.run, args=(stopping, ready.set))
        thread.start()
        try:
            yield ready
        finally:
            stopping.set()
            thread.join()

    def job(self, name: str) -> JobStatus:
        return next(job for job in self.view.status().jobs if job.name == name)

    def has_ended(self, name: str, outcome: Outcome) -> None:
        eventually(lambda: self.job(name).outcome is outcome, f"{name} is {outcome}")


@pytest.fixture
def site() -> Site:
    return Site()


def test_the_leader_runs_what_is_asked_for(site: Site) -> None:
    with site.scheduler("one", a=does("a was done"), b=does()) as ready:
        assert ready.wait(60)
        request = site.view.ask("a")

        site.has_ended("a", Outcome.DONE)

        assert (site.job("a").detail, site.job("a").request) == ("a was done", request)
        assert site.job("b").outcome is Outcome.NEVER


def test_a_job_that_fails_ends_neither_the_scheduler_nor_the_others(site: Site) -> None:
    with site.scheduler("one", bad=raises(RuntimeError("a bug")), good=does()) as ready:
        assert ready.wait(60)
        site.view.ask("bad")
        site.has_ended("bad", Outcome.FAILED)

        site.view.ask("good")
        site.has_ended("good", Outcome.DONE)


def test_it_gets_ready_when_the_state_is_there(site: Site) -> None:
    site.state.is_away = True
    with site.scheduler("one", a=does()) as ready:
        assert not ready.wait(0.5)

        site.state.is_away = False

        assert ready.wait(60)


def test_a_stopped_one_leaves_the_lease_to_the_other(site: Site) -> None:
    with site.scheduler("one", a=does()) as ready:
        assert ready.wait(60)
        with site.scheduler("other", a=does()) as other_ready:
            assert other_ready.wait(60)
            leader = site.view.status().leader
            assert leader is not None
            assert leader.instance == "one"
    assert site.view.status().leader is None


def test_a_request_for_a_job_that_it_does_not_have_is_dropped(site: Site) -> None:
    with site.scheduler("one", a=does()) as ready:
        assert ready.wait(60)
        board = JobBoard(site.state)
        board.ask("of-a-newer-version")

        eventually(lambda: not board.requests(), "it is dropped")
