"""Indices and clusters with a sensible value in every fact: a test names what it is about."""

from typing import Any

from app.domain.lifecycle import ArchiveFacts, ClusterFacts, IndexFacts
from app.domain.sharding import Partition, span_of
from retention.actions import Action, Kind
from retention.planner import Bounds, plan
from retention.policy import Life, Policies
from tests.builders import DAY, HOUR, NOON_NS

MINUTE = HOUR // 60
GB = 2**30
#: The usual policy of these tests.
LIFE = Life(warm_after=2 * DAY, cold_after=10 * DAY, delete_after=30 * DAY)
ARCHIVING = Life(
    warm_after=2 * DAY, cold_after=10 * DAY, archive_after=20 * DAY, delete_after=90 * DAY
)
#: Closed for writing, as the lifecycle does it.
CLOSED: dict[str, Any] = {"is_write_blocked": True, "is_write_index": False}
#: A week.
USUAL = Bounds(accepted_age=7 * DAY)
PERIOD = "2026.11.24"
END = 1_795_564_799_999_999_999
assert span_of(PERIOD) == (END + 1 - DAY, END)


def index(
    period: str = PERIOD, stream: str = "default", generation: int = 1, kind: str = "", **facts: Any
) -> IndexFacts:
    """An index of a thousand records, the newest of them from the last second of its period."""
    base = f"logfeed-{stream}-{period}-{generation:06d}"
    span = span_of(period)
    start, end = span or (NOON_NS, NOON_NS)
    usual: dict[str, Any] = {
        "created_at": start,
        "documents": 1_000,
        "total_bytes": GB,
        "primary_bytes": GB,
        "largest_shard_bytes": GB,
        "oldest": start,
        "newest": end,
        "newest_arrival": end,
    }
    return IndexFacts(
        f"{base}{kind}", base, Partition(stream, period), generation, **(usual | facts)
    )


def archive(of: IndexFacts, **facts: Any) -> ArchiveFacts:
    """The verified snapshot of an index."""
    usual: dict[str, Any] = {
        "documents": of.documents,
        "bytes": of.primary_bytes,
        "taken_at": of.newest,
        "newest": of.newest,
        "newest_arrival": of.newest_arrival,
    }
    return ArchiveFacts(f"{of.base}-snapshot", of.base, of.partition, **(usual | facts))


def planned(
    *indices: IndexFacts,
    at: int,
    life: Life = LIFE,
    bounds: Bounds = USUAL,
    policies: Policies | None = None,
    local_clock: int | None = None,
    **cluster: Any,
) -> list[Action]:
    """The plan for a cluster of ``indices`` ``at`` a time, by both clocks."""
    facts = ClusterFacts(clock=at, indices=indices, **cluster)
    now = at if local_clock is None else local_clock
    return plan(policies or Policies({"default": life}), facts, now, bounds)


def kinds(actions: list[Action]) -> list[Kind]:
    """What the actions do, in order."""
    return [action.kind for action in actions]


def summary(actions: list[Action]) -> list[tuple[str, str]]:
    """Kind and target of each, in order."""
    return [(action.kind.value, action.target) for action in actions]
