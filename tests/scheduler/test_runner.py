"""One run of a job: under the lease, once at a time, and what is written down of it."""

import threading

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.jobs import Guard, JobResult, NotLeaderError, Outcome
from tests.builders import HOUR, NOON_NS
from tests.fakes import FakeClock
from tests.scheduler.bench import TTL, Bench, does, raises


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_run_is_written_down_with_what_it_did(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()
    runner = bench.runner(lease, does("deleted 3"))
    runner.announce(1)

    runner.run("a")

    status = bench.status()
    assert (status.outcome, status.detail) == (Outcome.DONE, "deleted 3")
    assert (status.started_at, status.ended_at, status.last_success_at) == (NOON_NS,) * 3
    assert status.next_run_at == NOON_NS + HOUR
    assert (status.instance, status.term, status.schedule) == ("one", 1, "0 * * * *")


def test_what_needs_attention_is_done_all_the_same(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()

    bench.runner(lease, does("a tier has no node", needs_attention=True)).run("a")

    status = bench.status()
    assert status.outcome is Outcome.ATTENTION
    assert status.last_success_at == NOON_NS


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreUnavailableError("no connection"), "no connection"),
        (ZeroDivisionError("division by zero"), "unexpected ZeroDivisionError: division by zero"),
    ],
)
def test_a_job_that_raises_is_noted(bench: Bench, error: Exception, told: str) -> None:
    lease = bench.lease()
    lease.tick()
    runner = bench.runner(lease, raises(error))

    runner.run("a")
    runner.run("a")

    status = bench.status()
    assert (status.outcome, status.detail, status.failures) == (Outcome.FAILED, told, 2)
    assert status.last_success_at is None


def test_a_follower_runs_nothing_and_writes_nothing(bench: Bench) -> None:
    bench.lease("leader").tick()
    lease = bench.lease()
    lease.tick()

    bench.runner(lease, does()).run("a")

    assert bench.status().outcome is Outcome.NEVER


def test_a_run_is_cut_off_where_another_has_taken_over(bench: Bench) -> None:
    one, other = bench.lease(), bench.lease("other")
    one.tick()
    other.tick()
    changed = []

    def slow(guard: Guard) -> JobResult:
        guard()
        changed.append("before")
        bench.clock.advance(ms=int(TTL * 1_000))
        other.tick()
        bench.runner(other, does("by the other")).announce(2)
        guard()
        changed.append("after")
        return JobResult("did it")

    bench.runner(one, slow).run("a")

    assert changed == ["before"]
    # The later leader's word stands.
    assert (bench.status().term, bench.status().outcome) == (2, Outcome.INTERRUPTED)


def test_what_was_cut_off_for_want_of_the_state_is_run_again(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()

    def job(guard: Guard) -> JobResult:
        bench.state.is_away = True
        guard()
        return JobResult("did it")

    runner = bench.runner(lease, job)
    runner.run("a")
    bench.state.is_away = False
    runner.save_what_was_not()

    assert bench.status().outcome is Outcome.INTERRUPTED
    assert runner.take_left() == ["a"]
    assert runner.take_left() == []


def test_an_end_that_could_not_be_written_is_written_later(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()

    def job(guard: Guard) -> JobResult:
        bench.state.is_away = True
        return JobResult("did it")

    runner = bench.runner(lease, job)
    runner.run("a")
    assert bench.state.documents.read("scheduler-job-a") is not None
    bench.state.is_away = False
    assert bench.status().outcome is Outcome.RUNNING

    runner.save_what_was_not()

    assert (bench.status().outcome, bench.status().detail) == (Outcome.DONE, "did it")


def test_a_job_runs_once_at_a_time(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()
    began, go_on, runs = threading.Event(), threading.Event(), []

    def job(guard: Guard) -> JobResult:
        runs.append(1)
        began.set()
        assert go_on.wait(60)
        return JobResult("did it")

    runner = bench.runner(lease, job)
    thread = threading.Thread(target=runner.run, args=("a",))
    thread.start()
    assert began.wait(60)
    assert runner.is_running("a")

    runner.run("a")
    go_on.set()
    thread.join()

    assert len(runs) == 1
    assert not runner.is_running("a")


def test_a_stopping_runner_lets_nothing_change(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()

    def job(guard: Guard) -> JobResult:
        assert not runner.stop(seconds=0.01)
        with pytest.raises(NotLeaderError, match="is being stopped"):
            guard()
        guard()
        return JobResult("did it")

    runner = bench.runner(lease, job)
    runner.run("a")

    assert bench.status().outcome is Outcome.INTERRUPTED
    assert runner.stop(seconds=0.01)


def test_a_run_that_was_asked_for_bears_the_request_and_answers_it(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()
    request = bench.board.ask("a")

    bench.runner(lease, does()).run("a", request)

    assert bench.status().request == request
    assert bench.board.requests() == {}


def test_a_job_that_is_new_is_not_overdue(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()

    assert bench.runner(lease, does()).announce(1) == []


@pytest.mark.parametrize(("minutes", "is_overdue"), [(29, False), (31, True)])
def test_what_was_due_while_nobody_led_is_made_up_for(minutes: int, is_overdue: bool) -> None:
    bench = Bench(clock=FakeClock(NOON_NS + HOUR // 2))
    lease = bench.lease()
    lease.tick()
    runner = bench.runner(lease, does())
    runner.announce(1)
    runner.run("a")
    bench.clock.advance(ms=minutes * 60_000)

    assert runner.announce(1) == (["a"] if is_overdue else [])


def test_what_its_leader_did_not_end_is_run_by_the_next_one(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()
    bench.runner(lease, does()).announce(1)

    def killed(guard: Guard) -> JobResult:
        raise SystemExit

    with pytest.raises(SystemExit):
        bench.runner(lease, killed).run("a")
    assert bench.status().outcome is Outcome.RUNNING
    lease.release()
    other = bench.lease("other")
    other.tick()

    assert bench.runner(other, does()).announce(2) == ["a"]
    assert bench.status().outcome is Outcome.INTERRUPTED


def test_a_job_that_is_off_is_never_due_and_runs_on_demand(bench: Bench) -> None:
    lease = bench.lease()
    lease.tick()
    runner = bench.runner(lease, does(), "off")
    runner.announce(1)
    bench.clock.advance(hours=1_000)
    lease.tick()
    lease.tick()

    assert runner.announce(lease.term or 0) == []
    runner.run("a", "asked")
    assert bench.status().outcome is Outcome.DONE
    assert bench.status().next_run_at is None
