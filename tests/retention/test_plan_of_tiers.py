"""When an index is rolled over, closed, moved and archived."""

from typing import Any

import pytest

from app.domain.lifecycle import Tier
from retention.actions import Kind
from retention.planner import Bounds
from retention.policy import Life, Rollover
from tests.builders import DAY, HOUR, NOON_NS
from tests.retention.facts import ARCHIVING, CLOSED, END, GB, LIFE, archive, index, kinds, planned

WARM: dict[str, Any] = {**CLOSED, "tier": Tier.WARM}
COLD: dict[str, Any] = {**CLOSED, "tier": Tier.COLD}
NAME = "logfeed-default-2026.11.24-000001"


@pytest.mark.parametrize(
    ("facts", "after_the_end", "life", "expected"),
    [
        # An open index counts from the end of its period, however old its newest record is.
        ({}, 2 * DAY - 1, LIFE, []),
        ({}, 2 * DAY, LIFE, [Kind.CLOSE_FOR_WRITING]),
        ({"newest": END - 20 * HOUR}, 2 * DAY - 1, LIFE, []),
        # A closed one counts from the newest record that it holds.
        ({**CLOSED, "newest": END - 20 * HOUR}, 2 * DAY - 20 * HOUR, LIFE, [Kind.WARM]),
        (CLOSED, 2 * DAY - 1, LIFE, []),
        (CLOSED, 2 * DAY, LIFE, [Kind.WARM]),
        # Records ahead of the clock are not old.
        ({**CLOSED, "newest": END + 40 * DAY}, 30 * DAY, LIFE, []),
        (WARM, 10 * DAY - 1, LIFE, []),
        (WARM, 10 * DAY, LIFE, [Kind.COLD]),
        (COLD, 12 * DAY, LIFE, []),
        # Cold only after warm, one step at a time.
        (CLOSED, 12 * DAY, LIFE, [Kind.WARM]),
        # Warm and cold are each left out where the policy leaves them out.
        ({}, 12 * DAY, Life(delete_after=30 * DAY), []),
        (CLOSED, 12 * DAY, Life(cold_after=10 * DAY), [Kind.COLD]),
        ({}, 12 * DAY, Life(cold_after=10 * DAY), [Kind.CLOSE_FOR_WRITING]),
        # Archived once it is closed and has been moved.
        (COLD, 20 * DAY, ARCHIVING, [Kind.ARCHIVE]),
        (WARM, 20 * DAY, ARCHIVING, [Kind.COLD]),
        ({}, 20 * DAY, Life(archive_after=20 * DAY), [Kind.CLOSE_FOR_WRITING]),
        (CLOSED, 20 * DAY, Life(archive_after=20 * DAY), [Kind.ARCHIVE]),
        # A restored index has no tiers.
        ({**CLOSED, "restored_until": END + 100 * DAY}, 12 * DAY, LIFE, []),
        # An empty index ages from the end of its period or its creation, whichever is later.
        ({"documents": 0, "newest": None, "created_at": END + DAY}, 3 * DAY - 1, LIFE, []),
        (
            {"documents": 0, "newest": None, "created_at": END + DAY},
            3 * DAY,
            LIFE,
            [Kind.CLOSE_FOR_WRITING],
        ),
        # Records without a time have no age.
        ({**CLOSED, "newest": None}, 12 * DAY, LIFE, []),
    ],
)
def test_an_index_is_closed_then_warmed_then_cooled_then_archived(
    facts: dict[str, Any], after_the_end: int, life: Life, expected: list[Kind]
) -> None:
    assert kinds(planned(index(**facts), at=END + after_the_end, life=life)) == expected


def test_imported_records_age_from_when_they_came() -> None:
    life = Life(counts_from="arrival", warm_after=2 * DAY, delete_after=30 * DAY)
    old_file = index(newest=END - 900 * DAY, newest_arrival=NOON_NS)
    assert planned(old_file, at=NOON_NS + 2 * DAY - 1, life=life) == []
    assert kinds(planned(old_file, at=NOON_NS + 2 * DAY, life=life)) == [Kind.CLOSE_FOR_WRITING]


def test_a_period_without_end_ages_by_its_newest_record() -> None:
    one = index("all", newest=NOON_NS)
    assert planned(one, at=NOON_NS + 2 * DAY - 1) == []
    assert kinds(planned(one, at=NOON_NS + 2 * DAY)) == [Kind.CLOSE_FOR_WRITING]


def test_each_step_says_the_figures_that_decided() -> None:
    (action,) = planned(index(**CLOSED), at=END + 2 * DAY + 3 * HOUR)
    assert action.reason == (
        "2 d 3 h old (newest record: 2026-11-24 23:59 UTC), and warm_after is 2 d"
    )
    (action,) = planned(index(newest=NOON_NS), at=END + 2 * DAY)
    assert action.reason == (
        "2 d old (end of its period: 2026-11-24 23:59 UTC), and warm_after is 2 d: no more records "
        "go to it"
    )


@pytest.mark.parametrize(
    ("rollover", "facts", "said"),
    [
        (Rollover(documents=1_001), {}, None),
        (Rollover(documents=1_000), {}, "1,000 records, and rollover.documents is 1,000"),
        (Rollover(age=13 * HOUR), {}, None),
        (Rollover(age=12 * HOUR), {}, "made 12 h ago, and rollover.age is 12 h"),
        (
            Rollover(primary_shard_bytes=GB),
            {},
            "a shard of 1.0 GB, and rollover.primary_shard_bytes is 1.0 GB",
        ),
        (Rollover(primary_shard_bytes=GB + 1), {}, None),
        (Rollover(age=1), {"documents": 0, "newest": None}, None),
        (Rollover(documents=1), CLOSED, None),
        (Rollover(documents=1), {"is_write_index": False}, None),
    ],
)
def test_a_write_index_is_rolled_over_when_a_condition_is_met(
    rollover: Rollover, facts: dict[str, Any], said: str | None
) -> None:
    actions = planned(index(**facts), at=NOON_NS, life=Life(rollover=rollover))
    assert [(action.kind, action.reason) for action in actions] == (
        [(Kind.ROLL_OVER, said)] if said else []
    )


@pytest.mark.parametrize(
    ("accepted_age", "after_the_end", "is_rolled_over"),
    [(7 * DAY, 7 * DAY, True), (7 * DAY, 7 * DAY + 1, False), (None, 900 * DAY, True)],
)
def test_a_past_period_is_rolled_over_as_long_as_late_records_can_come(
    accepted_age: int | None, after_the_end: int, is_rolled_over: bool
) -> None:
    life = Life(rollover=Rollover(documents=1))
    actions = planned(
        index(), at=END + after_the_end, life=life, bounds=Bounds(accepted_age=accepted_age)
    )
    assert kinds(actions) == [Kind.ROLL_OVER] * is_rolled_over


def test_a_rollover_that_was_killed_after_its_block_is_finished() -> None:
    blocked = index(is_write_blocked=True)
    met = planned(blocked, at=NOON_NS, life=Life(rollover=Rollover(documents=1)))
    assert kinds(met) == [Kind.ROLL_OVER]
    assert kinds(planned(blocked, at=NOON_NS, life=Life())) == [Kind.CLOSE_FOR_WRITING]


def test_a_late_generation_stays_open_until_no_late_record_can_come() -> None:
    late = index(generation=2, created_at=END + 3 * DAY)
    assert planned(late, at=END + 7 * DAY) == []
    assert kinds(planned(late, at=END + 7 * DAY + 1)) == [Kind.CLOSE_FOR_WRITING]
    assert planned(late, at=END + 20 * DAY, bounds=Bounds(accepted_age=None)) == []


MISSING = "no node is of the tier"
FULL = "nearly full (flood stage)"
RED = "not all of its shards are there (red)"


@pytest.mark.parametrize(
    ("facts", "cluster", "said"),
    [
        (CLOSED, {"tiers": frozenset({Tier.HOT, Tier.COLD})}, f"{MISSING} warm"),
        (WARM, {"tiers": frozenset({Tier.HOT, Tier.WARM})}, f"{MISSING} cold"),
        ({**CLOSED, "health": "red"}, {}, RED),
        ({"health": "red"}, {}, RED),
        ({**CLOSED, "is_flooded": True}, {}, FULL),
        ({**CLOSED, "is_open": False}, {}, "it is closed"),
    ],
)
def test_what_cannot_be_done_is_blocked_with_a_remedy(
    facts: dict[str, Any], cluster: dict[str, Any], said: str
) -> None:
    actions = [
        action
        for action in planned(index(**facts), at=END + 12 * DAY, **cluster)
        if "take no records" not in action.reason
    ]
    assert kinds(actions) == [Kind.BLOCKED]
    assert said in actions[0].reason


@pytest.mark.parametrize("tiers", [frozenset[Tier](), frozenset({Tier.HOT, Tier.WARM})])
def test_a_tier_that_is_there_or_not_used_at_all_blocks_nothing(tiers: frozenset[Tier]) -> None:
    assert kinds(planned(index(**CLOSED), at=END + 2 * DAY, tiers=tiers)) == [Kind.WARM]


@pytest.mark.parametrize(("facts", "expected"), [({}, Kind.CLOSE_FOR_WRITING), (WARM, Kind.COLD)])
def test_a_full_disk_stops_only_what_needs_space(facts: dict[str, Any], expected: Kind) -> None:
    actions = planned(index(**facts, is_flooded=True), at=END + 12 * DAY)
    assert kinds(actions) == [expected, Kind.BLOCKED]
    assert "take no records" in actions[1].reason


def test_a_yellow_index_goes_its_way() -> None:
    assert kinds(planned(index(**CLOSED, health="yellow"), at=END + 2 * DAY)) == [Kind.WARM]


def test_a_missing_tier_does_not_stop_the_archive() -> None:
    actions = planned(
        index(**WARM), at=END + 20 * DAY, life=ARCHIVING, tiers=frozenset({Tier.HOT, Tier.WARM})
    )
    assert kinds(actions) == [Kind.ARCHIVE, Kind.BLOCKED]


def test_a_red_index_is_not_archived() -> None:
    actions = planned(index(**COLD, health="red"), at=END + 20 * DAY, life=ARCHIVING)
    assert kinds(actions) == [Kind.BLOCKED]


def test_what_is_archived_is_not_archived_again() -> None:
    one = index(**COLD, archived_as=f"{NAME}-snapshot")
    actions = planned(one, at=END + 20 * DAY, life=ARCHIVING, archives=(archive(one),))
    assert Kind.ARCHIVE not in kinds(actions)
