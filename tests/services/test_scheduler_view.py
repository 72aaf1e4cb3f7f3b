"""Who leads, as a process sees it that has nothing to do with it."""

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.jobs import JobStatus, Outcome
from app.services.job_board import JobBoard
from app.services.lease import Lease
from app.services.scheduler_view import SchedulerView
from tests.builders import NOON_NS, SECOND
from tests.fakes import FakeClock, FlakyStateStore

TTL = 15.0


class Scene:
    """A leader and a looker-on, whose clocks go together unless a test says otherwise."""

    def __init__(self) -> None:
        self.state = FlakyStateStore()
        self.now = 0.0
        self.clock = FakeClock()
        self.lease = Lease(self.state, "one", TTL, lambda: self.now, self.clock, {"jobs": "a,b"})
        self.view = SchedulerView(self.state, lambda: self.now, self.clock)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.clock.advance(ms=int(seconds * 1_000))

    def leads(self, view: SchedulerView | None = None) -> bool:
        return (view or self.view).status().leader is not None


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_where_nobody_ever_led_there_is_nothing(scene: Scene) -> None:
    status = scene.view.status()

    assert (status.leader, status.jobs) == (None, ())


def test_a_leader_is_shown_with_its_jobs(scene: Scene) -> None:
    scene.lease.tick()

    status = scene.view.status()

    assert status.leader is not None
    assert (status.leader.instance, status.leader.term) == ("one", 1)
    assert status.leader.since == NOON_NS
    assert [job.name for job in status.jobs] == ["a", "b"]


def test_a_leader_that_is_silent_for_its_lease_is_none(scene: Scene) -> None:
    scene.lease.tick()
    assert scene.leads()

    scene.wait(TTL)

    assert not scene.leads()


def test_at_the_first_look_an_old_lease_is_none(scene: Scene) -> None:
    scene.lease.tick()
    scene.wait(3_600)

    assert not scene.leads()


def test_a_leader_whose_clock_is_wrong_is_seen_when_it_renews(scene: Scene) -> None:
    wrong = FakeClock(NOON_NS - 3_600 * SECOND)
    lease = Lease(scene.state, "one", TTL, lambda: scene.now, wrong)
    lease.tick()
    assert not scene.leads()

    scene.wait(TTL / 3)
    lease.tick()

    assert scene.leads()


def test_a_released_lease_is_nobodys(scene: Scene) -> None:
    scene.lease.tick()
    scene.lease.release()

    assert not scene.leads()
    assert scene.view.names() == ["a", "b"]


def test_a_run_whose_leader_is_gone_is_shown_as_cut_off(scene: Scene) -> None:
    scene.lease.tick()
    running = JobStatus("a", outcome=Outcome.RUNNING)
    JobBoard(scene.state).update("a", 1, lambda _: running)
    assert scene.view.status().jobs[0].outcome is Outcome.RUNNING

    scene.wait(TTL)

    assert scene.view.status().jobs[0].outcome is Outcome.INTERRUPTED


def test_a_run_can_be_asked_for_where_somebody_leads(scene: Scene) -> None:
    with pytest.raises(StoreUnavailableError, match="no scheduler leads now"):
        scene.view.ask("a")

    scene.lease.tick()

    assert scene.view.ask("a")
    assert scene.view.ask("c") is None
    assert scene.view.status().requested == {"a"}
