"""How many indices a year of the policies that come with the product makes; ARCHITECTURE.md has the
figures."""

from collections import Counter

import pytest

from app.domain.lifecycle import Tier
from retention.planner import Bounds
from retention.policy_file import read_policies
from tests.builders import DAY, HOUR, NOON_NS
from tests.retention.acting import run
from tests.retention.simulated_cluster import SimulatedCluster

POLICIES = read_policies()
#: ``LOGFEED_ACCEPTED_AGE`` by default.
BOUNDS = Bounds(accepted_age=30 * DAY)
#: Fifty services, 500 records a second together.
A_DAY = 43_200_000


def a_year(*, is_every_period_late: bool) -> tuple[SimulatedCluster, int]:
    """A cluster after a year, and how many indices there were at most."""
    now = NOON_NS

    def accepted(stream: str, at: int, documents: int) -> None:
        if cluster.is_accepted(POLICIES, BOUNDS, stream, at):
            cluster.write(POLICIES, stream, at, documents)

    cluster = SimulatedCluster(lambda: now)
    most = 0
    for day in range(400):
        # A run a day is enough until all has come to its usual size.
        hours = (0, 6, 12, 18) if day > 350 else (12,)
        for hour in hours:
            now = NOON_NS + day * DAY + hour * HOUR
            for stream, share in (("default", 0.8), ("debug", 0.19), ("audit", 0.01)):
                accepted(stream, now, int(A_DAY / len(hours) * share))
            if is_every_period_late:
                for age in range(30):
                    for stream in ("default", "debug", "audit"):
                        accepted(stream, now - age * DAY, 1)
            run(POLICIES, cluster, now, BOUNDS)
            searched = sum(index.is_searched for index in cluster.indices.values())
            most = max(most, searched) if day > 385 else 0
    return cluster, most


@pytest.mark.parametrize(
    ("is_every_period_late", "most", "by_stream", "by_tier"),
    [
        (
            False,
            49,
            {"default": 31, "debug": 4, "audit": 13},
            {Tier.HOT: 8, Tier.WARM: 10, Tier.COLD: 30},
        ),
        (
            True,
            89,
            {"default": 59, "debug": 4, "audit": 25},
            {Tier.HOT: 37, Tier.WARM: 11, Tier.COLD: 40},
        ),
    ],
)
def test_a_year_of_fifty_services(
    is_every_period_late: bool,
    most: int,
    by_stream: dict[str, int],
    by_tier: dict[Tier, int],
) -> None:
    cluster, highest = a_year(is_every_period_late=is_every_period_late)
    there = [index for index in cluster.indices.values() if index.is_searched]
    assert (
        highest,
        dict(Counter(index.partition.stream for index in there)),
        dict(Counter(index.tier for index in there)),
    ) == (most, by_stream, by_tier)
