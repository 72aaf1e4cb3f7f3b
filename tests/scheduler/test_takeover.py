"""Scheduler processes on a real Elasticsearch: killed, paused past the lease, and stopped."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.jobs import Outcome
from tests.engine.eventually import eventually
from tests.scheduler.instances import Installation, Instance

pytestmark = pytest.mark.es

#: That a shared node has too little room, for example, is said and fails nothing.
_DONE = {Outcome.DONE, Outcome.ATTENTION}


@pytest.fixture
def schedulers(tmp_path: Path, es_url: str, es_prefix: str) -> Iterator[Installation]:
    made = Installation(tmp_path, es_url, es_prefix)
    yield made
    made.clean_up()


def two_of_which_the_first_runs_its_job(schedulers: Installation) -> tuple[Instance, Instance]:
    """The second comes when the job runs: before, it could only profit from a pause of the first."""
    first = schedulers.gated("first")
    eventually(lambda: schedulers.leads(first), "the first leads")
    schedulers.ask("gated")
    eventually(lambda: schedulers.journal() == ["first began"], "the job runs")
    second = schedulers.gated("second")
    assert schedulers.leads(first)
    return first, second


def test_one_of_two_leads_and_when_it_is_killed_the_other_does_what_it_has_left(
    schedulers: Installation,
) -> None:
    first, second = two_of_which_the_first_runs_its_job(schedulers)

    first.kill()
    schedulers.open_gate()

    eventually(lambda: schedulers.leads(second), "the second leads")
    eventually(lambda: schedulers.job("gated").outcome is Outcome.DONE, "the job is done")
    assert schedulers.journal() == ["first began", "second began", "second changed"]
    assert f"-{second.process.pid}-" in schedulers.job("gated").instance


def test_one_that_was_paused_past_its_lease_changes_nothing_when_it_wakes(
    schedulers: Installation,
) -> None:
    first, second = two_of_which_the_first_runs_its_job(schedulers)

    first.send(signal.SIGSTOP)
    eventually(lambda: schedulers.leads(second), "the second leads")
    schedulers.open_gate()
    eventually(lambda: schedulers.job("gated").outcome is Outcome.DONE, "the second has done it")
    first.send(signal.SIGCONT)

    eventually(lambda: "job_interrupted" in first.said(), "the first gives its run up")
    eventually(lambda: "lease_lost" in first.said(), "the first knows that it does not lead")
    assert schedulers.journal() == ["first began", "second began", "second changed"]
    # What it had to say of its run came too late as well.
    assert schedulers.job("gated").outcome is Outcome.DONE
    assert schedulers.leads(second)


def test_one_that_is_stopped_lets_the_other_take_over_at_once(schedulers: Installation) -> None:
    first = schedulers.gated("first", lease=60.0)
    eventually(lambda: schedulers.leads(first), "the first leads")
    second = schedulers.gated("second", lease=60.0)

    assert first.end() == 0

    # Given back: else it would be seen to lead until its lease had run out.
    assert not schedulers.leads(first)
    eventually(lambda: schedulers.leads(second), "the second leads")


def test_a_run_that_does_not_end_does_not_keep_the_process_from_stopping(
    schedulers: Installation,
) -> None:
    first = schedulers.gated("first")
    eventually(lambda: schedulers.leads(first), "the first leads")
    schedulers.ask("gated")
    eventually(lambda: schedulers.journal() == ["first began"], "the job runs")

    assert first.end() == 0

    assert "job_still_running" in first.said()
    second = schedulers.gated("second")
    schedulers.open_gate()
    eventually(lambda: schedulers.job("gated").outcome is Outcome.DONE, "the next one does it")
    assert schedulers.leads(second)


def test_its_own_jobs_are_done_on_a_real_cluster(schedulers: Installation) -> None:
    instance = schedulers.real("only", lease=30.0)
    eventually(lambda: schedulers.leads(instance), "it leads")

    for name in schedulers.view.names():
        schedulers.ask(name)

    eventually(
        lambda: all(job.outcome in _DONE for job in schedulers.status().jobs),
        "every job is done",
    )
    assert schedulers.job("templates").detail == "all index templates are there"
    assert instance.end() == 0
    assert schedulers.status().leader is None
