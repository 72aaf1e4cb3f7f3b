"""Planner, executor and a real cluster together: an index lives as its policy says."""

import time
from typing import Any

import pytest

from retention.actions import Kind
from retention.executor import Executor
from retention.planner import Bounds
from retention.policy import Life, Policies
from tests.builders import DAY
from tests.stores.elasticsearch.lifecycle.corner import Corner, expected

pytestmark = pytest.mark.es

#: Records of January 2026 are older than all but the last of these.
ARCHIVING = Life(warm_after=2 * DAY, cold_after=10 * DAY, archive_after=20 * DAY)
SHORT = Life(delete_after=30 * DAY)
BOUNDS = Bounds(accepted_age=7 * DAY)


def audit(corner: Corner) -> list[dict[str, Any]]:
    index = f"{corner.prefix}-lifecycle"
    corner.client.indices.refresh(index=index)
    found = corner.client.search(index=index, size=100, sort=[{"at": "asc"}])
    return [hit["_source"] for hit in found["hits"]["hits"]]


def live(corner: Corner, policies: Policies) -> list[Kind]:
    """What is done, run after run, until nothing is left to do."""
    corner.now = time.time_ns()
    executor = Executor(corner.admin(), lambda: corner.now, by="a test")
    done: list[Kind] = []
    is_idle = False
    while True:
        results = executor.run(executor.plan(policies, BOUNDS), policies, BOUNDS)
        assert {result.outcome for result in results} <= {"done"}, results
        done += [result.action.kind for result in results]
        if not results and is_idle:
            return done
        is_idle = not results
        if is_idle:
            # What takes a minute to settle, a mark or a swap. The clock may be 5 minutes off in all.
            corner.wait(61)


def test_an_old_index_goes_through_all_tiers_into_the_archive(corner: Corner) -> None:
    corner.make()

    done = live(corner, Policies({"default": ARCHIVING}))

    assert done[:2] == [Kind.CLOSE_FOR_WRITING, Kind.WARM]
    assert done[-2:] == [Kind.MARK, Kind.DELETE]
    assert {Kind.COLD, Kind.ARCHIVE} <= set(done)
    assert corner.names() == set()
    [archive] = corner.admin().facts().archives
    assert archive.documents == len(expected())
    trail = [(entry["kind"], entry["outcome"]) for entry in audit(corner)]
    assert trail == [
        pair
        for kind in done
        for pair in ([("delete", "begun")] if kind is Kind.DELETE else []) + [(str(kind), "done")]
    ]
    assert all(entry["by"] == "a test" and entry["reason"] for entry in audit(corner))


def test_a_disk_that_is_nearly_full_keeps_no_old_index(corner: Corner) -> None:
    name = corner.make()
    corner.move_to(name, [("index.blocks.read_only_allow_delete", True)])

    done = live(corner, Policies({"default": SHORT}))

    # The node may take the block away by itself, as its disk is not full: then it is closed before it
    # goes, and nothing of it is an emergency any more.
    assert done[-1] is Kind.DELETE
    assert done.count(Kind.DELETE) == 1
    assert Kind.MARK in done
    assert set(done) <= {Kind.CLOSE_FOR_WRITING, Kind.MARK, Kind.DELETE}
    if Kind.CLOSE_FOR_WRITING not in done:
        assert any(entry["is_emergency"] for entry in audit(corner))
