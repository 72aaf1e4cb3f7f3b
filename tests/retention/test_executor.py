"""What was planned is done, looked at again right before, and written down."""

import pytest

from app.domain.lifecycle import ClusterFacts, IndexFacts
from retention.actions import Action, Kind
from retention.clock_watch import DOUBTED_FOR, ClockWatch
from retention.executor import Executor
from retention.policy import Policies
from tests.builders import DAY, SECOND
from tests.retention.facts import CLOSED, END, LIFE, MINUTE, USUAL, index
from tests.retention.pretended import PretendedAdmin

POLICIES = Policies({"default": LIFE})
LONG_AFTER = END + 40 * DAY
MARKED = {**CLOSED, "marked_at": LONG_AFTER - DAY}
FIRST, SECOND_OF_TWO = index(**MARKED), index(generation=2, **MARKED)


class Stage:
    """An executor over given indices, whose clock moves by hand."""

    def __init__(self, *indices: IndexFacts) -> None:
        self.now = LONG_AFTER
        self.steady = 0
        self.admin = PretendedAdmin(ClusterFacts(clock=LONG_AFTER, indices=indices))
        self.is_leader = True
        self.executor = Executor(
            self.admin,
            lambda: self.now,
            watch=ClockWatch(lambda: self.now, lambda: self.steady),
            guard=self.guard,
            by="host-1",
        )

    def guard(self) -> None:
        if not self.is_leader:
            raise PermissionError("leads no more")

    def plan(self) -> list[Action]:
        return self.executor.plan(POLICIES, USUAL)

    def run(self, actions: list[Action] | None = None) -> list[str]:
        """The outcomes."""
        planned = self.plan() if actions is None else actions
        results = self.executor.run(planned, POLICIES, USUAL)
        self.details = [result.detail for result in results]
        return [result.outcome for result in results]


def test_what_is_planned_is_done_in_its_order() -> None:
    stage = Stage(FIRST, SECOND_OF_TWO)

    assert stage.run() == ["done", "done"]
    assert stage.admin.did == [("delete", FIRST.name), ("delete", SECOND_OF_TWO.name)]


def test_one_failure_stops_no_other_and_is_tried_again_on_the_next_run() -> None:
    stage = Stage(FIRST, SECOND_OF_TWO)
    stage.admin.refuses = {FIRST.name}

    assert stage.run() == ["failed", "done"]
    assert stage.details == ["this one cannot be done", ""]

    stage.admin.refuses = set()
    assert stage.run() == ["done"]


def test_what_is_not_due_any_more_is_skipped() -> None:
    stage = Stage(FIRST)
    planned = stage.plan()
    stage.admin.cluster = ClusterFacts(clock=LONG_AFTER, indices=(index(**CLOSED),))

    assert stage.run(planned) == ["skipped"]
    assert stage.admin.did == []


def test_what_is_gone_is_skipped() -> None:
    stage = Stage(FIRST)
    planned = stage.plan()
    stage.admin.cluster = ClusterFacts(clock=LONG_AFTER)

    assert stage.run(planned) == ["skipped"]


def test_what_is_blocked_is_told_and_not_tried() -> None:
    stage = Stage()

    assert stage.run([Action(Kind.BLOCKED, "an index", "no node is of the tier warm")]) == [
        "blocked"
    ]
    assert stage.details == ["no node is of the tier warm"]
    assert stage.admin.notes == []


def test_whoever_leads_no_more_does_nothing_more() -> None:
    stage = Stage(FIRST, SECOND_OF_TWO)
    planned = stage.plan()
    stage.is_leader = False

    with pytest.raises(PermissionError):
        stage.run(planned)

    assert stage.admin.did == []


def test_whoever_loses_the_lead_within_an_action_does_nothing_after_it() -> None:
    stage = Stage(FIRST, SECOND_OF_TWO)
    planned = stage.plan()

    def delete(index: IndexFacts) -> None:
        stage.is_leader = False
        stage.guard()

    stage.admin.delete = delete  # type: ignore[method-assign]
    with pytest.raises(PermissionError):
        stage.run(planned)


def test_while_the_cluster_is_away_nothing_more_is_tried() -> None:
    stage = Stage(FIRST, SECOND_OF_TWO)
    planned = stage.plan()
    stage.admin.is_away = True

    assert stage.run(planned) == ["failed", "failed"]
    assert stage.details == ["nobody answers"] * 2


def test_a_clock_that_jumped_deletes_nothing() -> None:
    stage = Stage(FIRST)
    planned = stage.plan()
    stage.now += 6 * MINUTE
    stage.admin.cluster = ClusterFacts(clock=stage.now, indices=(FIRST,))

    assert stage.run(planned) == ["blocked"]
    assert "clock" in stage.details[0]
    assert stage.admin.did == []


def test_a_clock_that_is_not_the_clusters_deletes_nothing() -> None:
    stage = Stage(FIRST)
    planned = stage.plan()
    stage.admin.cluster = ClusterFacts(clock=LONG_AFTER - 6 * MINUTE, indices=(FIRST,))

    assert stage.run(planned) == ["blocked"]
    assert stage.admin.did == []


def test_a_jump_is_forgotten_when_it_is_taken_back() -> None:
    stage = Stage()
    watch = ClockWatch(lambda: stage.now, lambda: stage.steady)
    stage.now += 6 * MINUTE
    assert not watch.is_trusted()

    stage.now -= 6 * MINUTE
    assert watch.is_trusted()


def test_a_jump_that_stays_is_doubted_for_a_day() -> None:
    stage = Stage()
    watch = ClockWatch(lambda: stage.now, lambda: stage.steady)
    stage.now += 6 * MINUTE
    assert not watch.is_trusted()

    for goes_by, trusted in ((DOUBTED_FOR - SECOND, False), (SECOND, True)):
        stage.now += goes_by
        stage.steady += goes_by
        assert watch.is_trusted() is trusted


def test_a_clock_that_drifts_is_trusted() -> None:
    stage = Stage()
    watch = ClockWatch(lambda: stage.now, lambda: stage.steady)

    for _ in range(10):
        stage.now += MINUTE
        assert watch.is_trusted()


def test_a_deletion_is_in_the_audit_before_and_after() -> None:
    stage = Stage(FIRST)
    stage.run()

    begun, done = stage.admin.notes
    assert (begun["outcome"], done["outcome"]) == ("begun", "done")
    assert (done["kind"], done["target"], done["by"]) == ("delete", FIRST.name, "host-1")
    assert (done["documents"], done["bytes"]) == (FIRST.documents, FIRST.total_bytes)
    assert "delete_after" in str(done["reason"])
    assert isinstance(done["took_ms"], int)


def test_a_deletion_that_cannot_be_written_down_is_not_done() -> None:
    stage = Stage(FIRST)
    stage.admin.refuses_notes = True

    assert stage.run() == ["failed"]
    assert stage.admin.did == []


def test_the_same_failure_is_in_the_audit_once() -> None:
    stage = Stage(index(**CLOSED))
    stage.admin.refuses = {FIRST.name}
    stage.run()
    stage.run()

    assert [note["outcome"] for note in stage.admin.notes] == ["failed"]
    assert stage.admin.notes[0]["error"] == "this one cannot be done"


def test_the_audit_says_what_went_because_a_disk_was_nearly_full() -> None:
    stage = Stage(index(**{**MARKED, "is_flooded": True}))
    stage.run()

    assert {note["is_emergency"] for note in stage.admin.notes} == {True}
