"""What holds of every plan, whatever the policies, the indices and the clocks are."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier
from app.domain.sharding import period_of, span_of
from retention.actions import Action, Kind
from retention.planner import Bounds, plan
from retention.policy import Life, Policies, Rollover
from tests.builders import DAY, HOUR, NOON_NS
from tests.retention.acting import run
from tests.retention.facts import GB, MINUTE, archive, index
from tests.retention.simulated_cluster import SimulatedCluster

NOW = NOON_NS
TIERS = frozenset({Tier.HOT, Tier.WARM, Tier.COLD})
AGES = ("warm_after", "cold_after", "archive_after", "delete_after")


@st.composite
def lives(draw: st.DrawFn) -> Life:
    days = sorted(draw(st.sets(st.integers(1, 40), min_size=4, max_size=4)))
    kept = draw(st.sets(st.sampled_from(AGES)))
    ages: dict[str, Any] = {
        name: day * DAY for name, day in zip(AGES, days, strict=True) if name in kept
    }
    return Life(
        counts_from=draw(st.sampled_from(["records", "records", "arrival"])),
        rollover=draw(st.sampled_from([Rollover(), Rollover(documents=1_000), Rollover(age=DAY)])),
        max_bytes=draw(st.sampled_from([None, None, 2 * GB])),
        legal_hold=draw(st.sampled_from([False, False, True])),
        **ages,
    )


POLICIES = st.builds(
    Policies,
    streams=st.fixed_dictionaries({"default": lives(), "other": lives()}),
    max_bytes=st.sampled_from([None, None, 3 * GB]),
)


@st.composite
def groups(draw: st.DrawFn) -> list[IndexFacts]:
    """One generation: an original, or with it a copy that is being made or has taken its place."""
    length = draw(st.sampled_from(["hour", "day", "month"]))
    period = period_of(NOW - draw(st.integers(-DAY, 60 * DAY)), length)  # type: ignore[arg-type]
    span: Any = span_of(period)
    newest = draw(st.integers(span[0], span[1]))
    is_closed = draw(st.booleans())
    is_empty = draw(st.integers(0, 9)) == 0
    original = index(
        period,
        stream=draw(st.sampled_from(["default", "other", "unnamed"])),
        generation=draw(st.integers(1, 3)),
        created_at=draw(st.integers(span[0], span[0] + 5 * DAY)),
        documents=0 if is_empty else 1_000,
        newest=None if is_empty else newest,
        newest_arrival=None if is_empty else newest + draw(st.integers(0, 3 * DAY)),
        is_write_blocked=is_closed or draw(st.integers(0, 9)) == 0,
        is_write_index=not is_closed,
        marked_at=draw(st.sampled_from([None, None, NOW - DAY, NOW - HOUR, NOW + DAY])),
        health=draw(st.sampled_from(["green", "green", "green", "yellow", "red"])),
        is_open=draw(st.integers(0, 19)) > 0,
        is_flooded=draw(st.integers(0, 19)) == 0,
    )
    if not is_closed:
        return [original]
    copy = replace(original, name=f"{original.base}-warm", is_searched=False, marked_at=None)
    name = f"{original.base}-snapshot"
    match draw(st.integers(0, 7)):
        case 0:
            return [original, copy]
        case 1:
            swapped: dict[str, Any] = {
                "tier": Tier.WARM,
                "is_searched": True,
                "swapped_at": NOW - HOUR,
            }
            return [replace(original, is_searched=False), replace(copy, **swapped)]
        case 2:
            return [replace(original, name=f"{original.base}-restored", restored_until=NOW - DAY)]
        case 3:
            return [replace(original, tier=Tier.COLD, archived_as=name)]
        case _:
            return [replace(original, tier=draw(st.sampled_from(sorted(TIERS))))]


@st.composite
def clusters(draw: st.DrawFn) -> ClusterFacts:
    made = {group[0].base: group for group in draw(st.lists(groups(), max_size=6))}
    whole = [one for group in made.values() for one in group]
    archives = [archive(one, taken_at=NOW - DAY) for one in whole if one.archived_as]
    tiers = draw(st.sampled_from([frozenset[Tier](), TIERS, TIERS - {Tier.WARM}]))
    return ClusterFacts(NOW, tiers, indices=tuple(whole), archives=tuple(archives))


JUMPS = st.one_of(
    st.just(0), st.integers(-4 * MINUTE, 4 * MINUTE), st.integers(-400 * DAY, 400 * DAY)
)
BOUNDS = st.builds(
    Bounds,
    accepted_age=st.sampled_from([None, DAY, 7 * DAY]),
    clock_trust=st.sampled_from([True, True, False]),
    forced=st.booleans(),
)
GOING = {Kind.MARK, Kind.DELETE, Kind.MARK_ARCHIVE, Kind.DELETE_ARCHIVE}


@settings(max_examples=120, deadline=None)
@given(POLICIES, clusters(), JUMPS, BOUNDS)
def test_nothing_younger_than_promised_goes(
    policies: Policies, cluster: ClusterFacts, jump: int, bounds: Bounds
) -> None:
    facts = {one.name: one for one in cluster.indices}
    archived = {one.base for one in cluster.archives}
    for action in plan(policies, cluster, NOW + jump, bounds):
        if action.kind not in GOING:
            continue
        assert bounds.clock_trust
        assert abs(jump) <= 5 * MINUTE
        one = facts.get(action.target)
        if one is None:
            continue
        life = policies.life_of(one.partition.stream)
        assert not life.legal_hold
        if "max_bytes" in action.reason or one.restored_until is not None:
            continue
        newest = one.newest if life.counts_from == "records" else one.newest_arrival
        limits = [life.delete_after, life.archive_after if one.base in archived else None]
        promised = min(limit for limit in limits if limit is not None)
        assert NOW - (newest or one.created_at) >= promised
        if action.kind is Kind.DELETE:
            assert one.marked_at is not None
            assert one.is_write_blocked


@settings(max_examples=120, deadline=None)
@given(POLICIES, clusters(), JUMPS, BOUNDS)
def test_no_two_actions_contradict_each_other(
    policies: Policies, cluster: ClusterFacts, jump: int, bounds: Bounds
) -> None:
    by_target = defaultdict(list)
    for action in plan(policies, cluster, NOW + jump, bounds):
        by_target[action.target].append(action.kind)
    for kinds in by_target.values():
        doing = [kind for kind in kinds if kind is not Kind.BLOCKED]
        assert len(doing) == len(set(doing))
        steps = set(doing) - {Kind.MARK, Kind.UNMARK}
        assert len(steps) <= 1
        assert not ({Kind.MARK, Kind.UNMARK} <= set(doing))
        assert not (Kind.DELETE in doing and len(doing) > 1)
        assert not (Kind.CLEAN_UP in doing and len(doing) > 1)
        assert Kind.MARK not in doing or steps <= {Kind.CLOSE_FOR_WRITING}


@settings(max_examples=80, deadline=None)
@given(POLICIES, clusters(), BOUNDS)
def test_when_all_is_done_nothing_is_left_to_do(
    policies: Policies, cluster: ClusterFacts, bounds: Bounds
) -> None:
    now = NOW
    simulated = SimulatedCluster(lambda: now, cluster.tiers)
    simulated.indices = {one.name: one for one in cluster.indices}
    simulated.archives = {one.snapshot: one for one in cluster.archives}
    simulated.writable = {one.partition: one.name for one in cluster.indices if one.is_write_index}
    simulated.generations = {one.partition: 3 for one in cluster.indices}
    actions: list[Action] = []
    for _ in range(20):
        now += 2 * MINUTE
        actions = run(policies, simulated, now, bounds)
        if all(action.kind is Kind.BLOCKED for action in actions):
            return
    raise AssertionError(f"still to do: {actions}")
