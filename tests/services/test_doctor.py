"""What the doctor says of what it sees: a table of symptoms, and what an operator reads."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.diagnosis import (
    ApiState,
    ClusterState,
    Failure,
    Finding,
    Letters,
    LocalLog,
    Severity,
    Stuck,
    Symptoms,
    Unassigned,
)
from app.domain.disks import DataNode
from app.domain.jobs import JobStatus, Leader, Outcome, SchedulerStatus
from app.domain.left_logs import DamagedFile, LeftLog, LogSurvey
from app.domain.lifecycle import Tier
from app.services.doctor import diagnose
from tests.builders import NOON_NS, SECOND
from tests.lifecycle_builders import BY_SHARE, GB, index

OK, WARNING, PROBLEM = Severity.OK, Severity.WARNING, Severity.PROBLEM
TODAY = index("logfeed-default-2026.11.24-000001", total_bytes=GB)
OLD = index("logfeed-default-2026.11.01-000001", is_write_index=False, total_bytes=9 * GB)


def node(name: str = "a", free: int = 50, **facts: Any) -> DataNode:
    """A node with a disk of 100 GB."""
    return DataNode(name, 100 * GB, free * GB, **{"clock": NOON_NS, **facts})


def cluster(*nodes: DataNode, **state: Any) -> ClusterState:
    return ClusterState(
        **{"health": "green", "nodes": nodes or (node(),), "watermarks": BY_SHARE, **state}
    )


HEALTHY = Symptoms(
    NOON_NS,
    cluster=cluster(),
    indices=(TODAY, OLD),
    letters=Letters(0),
    scheduler=SchedulerStatus(Leader("host-1", 1, 0)),
    log=LocalLog("/data/wal", is_volatile=False, survey=LogSurvey()),
    api=ApiState("http://api"),
)


def bad(symptoms: Symptoms) -> list[Finding]:
    return [finding for finding in diagnose(symptoms) if finding.severity is not OK]


def healthy(**changes: Any) -> Symptoms:
    return replace(HEALTHY, **changes)


def test_a_healthy_installation_is_told_to_be_so() -> None:
    findings = diagnose(HEALTHY)

    assert {finding.severity for finding in findings} == {OK}
    assert [finding.what for finding in findings] == [
        "Elasticsearch is green on 1 node",
        "no dead letters",
        "the scheduler at work is host-1",
        "the API answers at http://api",
    ]


LOST = Unassigned(OLD.name, is_primary=True, why="on no node: node b left")
COPY = Unassigned(OLD.name, is_primary=False, why="on no node: a has a copy already")
TWO = (node("a"), node("b"))


@pytest.mark.parametrize(
    ("changes", "severity", "what", "remedy"),
    [
        pytest.param(
            {"cluster": None, "away": "no connection"},
            PROBLEM,
            "Elasticsearch does not answer: no connection",
            "LOGFEED_ELASTICSEARCH_URL",
            id="away",
        ),
        pytest.param(
            {"cluster": cluster(*TWO, health="red", unassigned=(LOST,))},
            PROBLEM,
            f"records in {OLD.name} cannot be found: on no node: node b left",
            "Bring back the node",
            id="red",
        ),
        pytest.param(
            {"cluster": cluster(health="red")},
            PROBLEM,
            "red, by an index that is not Logfeed's",
            "allocation/explain",
            id="red by another's index",
        ),
        pytest.param(
            {"cluster": cluster(health="yellow", unassigned=(COPY,))},
            WARNING,
            "there is one node: they can be nowhere",
            "LOGFEED_REPLICAS=auto",
            id="yellow on one node",
        ),
        pytest.param(
            {"cluster": cluster(*TWO, health="yellow", unassigned=(COPY,))},
            WARNING,
            "has fewer copies than it should: on no node: a has a copy already",
            "If a node is down",
            id="yellow on two",
        ),
        pytest.param(
            {
                "cluster": cluster(node(free=3)),
                "indices": (replace(TODAY, is_flooded=True), OLD),
            },
            PROBLEM,
            "the disk of a has 3.0 GB free of 100.0 GB: below 5.0 GB (flood stage) its indices take no "
            "records; 1 index is blocked",
            f"the largest that takes no new records is {OLD.name}, 9.0 GB",
            id="flood stage",
        ),
        pytest.param(
            {"indices": (replace(TODAY, is_flooded=True),)},
            PROBLEM,
            "1 index is still blocked since a disk was nearly full",
            "lifts the block",
            id="flooded before",
        ),
        pytest.param(
            {"cluster": cluster(node(free=8))},
            PROBLEM,
            "below 10.0 GB (high watermark) new indices have no place",
            "logfeed retention plan",
            id="above the high watermark",
        ),
        pytest.param(
            {"cluster": cluster(node("a"), node("b", free=12))},
            WARNING,
            "the disk of b has 12.0 GB free of 100.0 GB: below 15.0 GB (low watermark)",
            "max_bytes",
            id="above the low watermark",
        ),
        pytest.param(
            {"indices": (replace(TODAY, is_write_blocked=True),)},
            PROBLEM,
            f"{TODAY.name} takes no records, and those of its period go there: they wait in the log",
            f'PUT /{TODAY.name}/_settings {{"index.blocks.write": null}}',
            id="somebody's block",
        ),
        pytest.param(
            {"indices": (replace(TODAY, is_open=False),)},
            PROBLEM,
            f"{TODAY.name} is closed: its records wait and are not found",
            f"POST /{TODAY.name}/_open",
            id="closed",
        ),
        pytest.param(
            {"cluster": cluster(missing_templates=("logfeed-records",))},
            PROBLEM,
            "index templates are missing or old: logfeed-records",
            "restart one",
            id="no template",
        ),
        pytest.param(
            {"cluster": cluster(loose_translogs=tuple("abcde"))},
            PROBLEM,
            "acknowledged before they are on disk in a, b, c and 2 more",
            '"index.translog.durability": "request"',
            id="translog async",
        ),
        pytest.param(
            {"cluster": cluster(shards=950, most_shards=1_000)},
            WARNING,
            "950 shards of 1,000 that may be: soon no new index",
            "longer periods",
            id="many shards",
        ),
        pytest.param(
            {"cluster": cluster(shards=1_000, most_shards=1_000)},
            PROBLEM,
            "1,000 shards of 1,000 that may be: no new index",
            "cluster.max_shards_per_node",
            id="all shards",
        ),
        pytest.param(
            {"letters": Letters(3, "mapper_parsing_exception")},
            WARNING,
            "3 records refused for good, the last one as: mapper_parsing_exception",
            "logfeed dead-letters",
            id="dead letters",
        ),
        pytest.param(
            {"tiers": frozenset({Tier.HOT}), "wanted_tiers": frozenset({Tier.WARM, Tier.COLD})},
            WARNING,
            "no node is of tier cold, warm: indices stay where they are",
            "LOGFEED_TIER_ATTRIBUTE",
            id="a missing tier",
        ),
        pytest.param(
            {"stuck": (Stuck(OLD.name, "its archive is not in the repository"),)},
            WARNING,
            f"{OLD.name}: its archive is not in the repository",
            "Nothing is lost",
            id="a blocked step",
        ),
        pytest.param(
            {"failures": (Failure("warm", OLD.name, "no room", "2026-11-24T11:00:00.000Z"),)},
            WARNING,
            f"warm of {OLD.name} failed last at 2026-11-24T11:00:00.000Z: no room",
            "logfeed retention apply",
            id="a failed step",
        ),
        pytest.param(
            {
                "archives": True,
                "cluster": cluster(repository="read-only", detail="registered with readonly"),
            },
            PROBLEM,
            "the snapshot repository of the archive is read-only: registered with readonly",
            "Nothing is archived",
            id="read-only repository",
        ),
        pytest.param(
            {"archives": True, "cluster": cluster(repository="missing", detail="x-archive")},
            WARNING,
            "the snapshot repository of the archive is missing",
            "register one of the name x-archive",
            id="no repository",
        ),
        pytest.param(
            {"scheduler": SchedulerStatus(None)},
            PROBLEM,
            "no scheduler is at work",
            "logfeed scheduler",
            id="nobody leads",
        ),
        pytest.param(
            {
                "scheduler": SchedulerStatus(
                    Leader("h", 1, 0), (JobStatus("tiers", outcome=Outcome.FAILED, detail="boom"),)
                )
            },
            WARNING,
            "the job tiers failed last: boom",
            "run again",
            id="a failed job",
        ),
        pytest.param(
            {"log": LocalLog("/run/wal", is_volatile=True, survey=LogSurvey())},
            WARNING,
            "the write-ahead log in /run/wal lies in memory (tmpfs)",
            "LOGFEED_DATA_DIR",
            id="log in memory",
        ),
        pytest.param(
            {
                "log": LocalLog(
                    "/data",
                    is_volatile=False,
                    survey=LogSurvey(left=[LeftLog(Path("/data/x"), 5 * 2**20, 7_200)]),
                )
            },
            WARNING,
            "up to 5.0 MB of records lie in 1 log that no process has, for 2 h at most",
            "ships them when it starts",
            id="a left log",
        ),
        pytest.param(
            {
                "log": LocalLog(
                    "/data",
                    is_volatile=False,
                    survey=LogSurvey(damaged=[DamagedFile(Path("/data/d"), 1, 1)]),
                )
            },
            WARNING,
            "1 file of the write-ahead log could not be read, and was set aside, /data/d for one",
            "disk may be failing",
            id="a damaged log",
        ),
        pytest.param(
            {"api": ApiState("http://api", "nothing answers at http://api")},
            PROBLEM,
            "the API does not answer: nothing answers at http://api",
            "logfeed up",
            id="no API",
        ),
        pytest.param(
            {"api": ApiState("http://api", pending=250_000)},
            WARNING,
            "250,000 records wait for Elasticsearch",
            "LOGFEED_LOG_BYTES",
            id="many wait",
        ),
        pytest.param(
            {"cluster": cluster(node(clock=NOON_NS + 60 * SECOND))},
            WARNING,
            "the clock of a is 1 min ahead of this machine's",
            "NTP",
            id="clocks differ",
        ),
        pytest.param(
            {"cluster": cluster(node(clock=NOON_NS - 7_200 * SECOND))},
            PROBLEM,
            "the clock of a is 2 h behind this machine's; nothing is deleted meanwhile",
            "NTP",
            id="a wrong clock",
        ),
        pytest.param(
            {"letters": None, "unseen": ("the dead letters (no answer)",)},
            WARNING,
            "could not be looked at: the dead letters (no answer)",
            "run it again",
            id="something unseen",
        ),
    ],
)
def test_a_symptom_is_told_with_what_to_do(
    changes: dict[str, Any], severity: Severity, what: str, remedy: str
) -> None:
    (finding,) = bad(healthy(**changes))

    assert finding.severity is severity
    assert what in finding.what
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"wanted_tiers": frozenset({Tier.WARM})}, id="no node has a tier"),
        pytest.param({"indices": (replace(OLD, is_write_blocked=True),)}, id="closed for writing"),
        pytest.param({"cluster": cluster(repository="missing")}, id="no archive is asked for"),
        pytest.param({"cluster": cluster(node(clock=NOON_NS + 20 * SECOND))}, id="a slow answer"),
        pytest.param({"cluster": cluster(node(clock=0))}, id="no clock"),
        pytest.param({"api": ApiState("http://api", pending=5)}, id="records on the way"),
    ],
)
def test_what_is_as_it_should_be_is_no_finding(changes: dict[str, Any]) -> None:
    assert bad(healthy(**changes)) == []


def test_the_worst_comes_first() -> None:
    symptoms = healthy(letters=Letters(1, "x"), scheduler=SchedulerStatus(None))

    assert [finding.severity for finding in diagnose(symptoms)] == [PROBLEM, WARNING, OK, OK]


def test_indices_of_one_cause_are_told_together() -> None:
    lost = tuple(Unassigned(f"i{n}", is_primary=True, why="node b left") for n in range(9))

    (finding,) = bad(healthy(cluster=cluster(*TWO, health="red", unassigned=lost)))

    assert "records in i0, i1, i2 and 6 more cannot be found: node b left" in finding.what


def test_an_index_that_is_stuck_is_told_once() -> None:
    symptoms = healthy(
        stuck=(Stuck("i", "no tier"),), failures=(Failure("warm", "i", "no tier", "now"),)
    )

    assert len(bad(symptoms)) == 1
