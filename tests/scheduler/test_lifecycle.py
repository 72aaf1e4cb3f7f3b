"""The lifecycle's jobs: each does its part of one plan, under its guard."""

from dataclasses import replace

import pytest

from app.domain.jobs import Guard, JobFailedError, JobResult, NotLeaderError
from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier
from app.scheduler.lifecycle import SHARES, lifecycle_job
from retention.actions import Kind
from retention.executor import Executor
from retention.policy import Life, Policies, Rollover
from tests.builders import DAY
from tests.retention.facts import CLOSED, END, GB, LIFE, MINUTE, USUAL, index
from tests.retention.pretended import PretendedAdmin

NOW = END + 40 * DAY
#: By its age.
OLD = index(**CLOSED, marked_at=NOW - DAY)
#: For a cap, of which it is over.
LARGE = index("2026.12.30", **CLOSED, tier=Tier.WARM, codec="best_compression", total_bytes=9 * GB)
LARGE_MARKED = replace(LARGE, marked_at=NOW - DAY)
CURRENT = index("2027.01.03", newest=NOW - MINUTE)


class Stage:
    """All jobs over given indices."""

    def __init__(self, *indices: IndexFacts, life: Life = LIFE, cap: int | None = None) -> None:
        self.admin = PretendedAdmin(ClusterFacts(clock=NOW, indices=indices))
        policies = Policies({"default": life}, max_bytes=cap)

        def executor_of(guard: Guard) -> Executor:
            return Executor(self.admin, lambda: NOW, guard=guard)

        self.jobs = {
            name: lifecycle_job(share, executor_of, policies, USUAL)
            for name, share in SHARES.items()
        }

    def run(self, name: str) -> JobResult:
        return self.jobs[name](lambda: None)


def test_no_kind_is_left_without_a_job() -> None:
    assert frozenset().union(*(share.kinds for share in SHARES.values())) == frozenset(Kind)


def test_retention_deletes_what_is_too_old() -> None:
    stage = Stage(OLD, CURRENT)

    assert stage.run("size_cap").text == "nothing was due"
    assert stage.run("retention").text == "delete 1"
    assert stage.admin.did == [("delete", OLD.name)]


def test_the_size_cap_deletes_what_is_too_much() -> None:
    stage = Stage(LARGE_MARKED, CURRENT, cap=5 * GB)

    assert stage.run("retention").text == "nothing was due"
    assert stage.run("size_cap").text == "delete 1"
    assert stage.admin.did == [("delete", LARGE_MARKED.name)]


def test_what_is_marked_for_a_cap_stays_marked_by_retention() -> None:
    stage = Stage(LARGE, CURRENT, cap=5 * GB)

    assert stage.run("size_cap").text == "mark 1"
    assert stage.run("retention").text == "nothing was due"

    assert stage.admin.did == [("mark", LARGE.name)]


def test_rollover_gives_a_full_index_a_successor() -> None:
    stage = Stage(CURRENT, life=replace(LIFE, rollover=Rollover(documents=1_000)))

    assert stage.run("rollover").text == "roll_over 1"
    assert stage.admin.did == [("roll_over", CURRENT.name)]


def test_what_cannot_be_done_needs_attention() -> None:
    stage = Stage(replace(CURRENT, total_bytes=9 * GB), cap=5 * GB)

    result = stage.run("size_cap")

    assert result.needs_attention
    assert result.text.startswith("blocked 1 (all streams: 9")


def test_one_failure_fails_the_job_when_the_others_are_done() -> None:
    stage = Stage(OLD, replace(OLD, name=f"{OLD.name[:-1]}2", generation=2), CURRENT)
    stage.admin.refuses = {OLD.name}

    with pytest.raises(JobFailedError, match=f"delete 1; failed 1 .{OLD.name}: this one cannot"):
        stage.run("retention")


def test_one_that_does_not_lead_changes_nothing() -> None:
    stage = Stage(OLD, CURRENT)

    def guard() -> None:
        raise NotLeaderError("it does not lead any more")

    with pytest.raises(NotLeaderError):
        stage.jobs["retention"](guard)

    assert stage.admin.did == []
    assert stage.admin.notes == []
