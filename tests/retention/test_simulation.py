"""Four hundred days of a policy, with all that goes wrong in that time."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

from app.domain.lifecycle import ArchiveFacts, IndexFacts, Tier
from app.domain.sharding import span_of
from retention.actions import Action
from retention.planner import Bounds
from retention.policy import Life, Policies
from retention.policy_file import parse_policies
from tests.builders import DAY, HOUR, NOON_NS
from tests.retention.acting import run, run_by_executor
from tests.retention.facts import MINUTE
from tests.retention.simulated_cluster import KilledError, SimulatedCluster

POLICIES = parse_policies("""
streams:
  default:
    {period: day, warm_after: 2d, cold_after: 10d, delete_after: 30d, rollover: {documents: 12_000}}
  debug: {period: hour, delete_after: 2d}
  audit:
    period: month
    warm_after: 7d
    cold_after: 30d
    archive_after: 60d
    delete_after: 200d
    rollover: {age: 20d}
  held: {period: month, warm_after: 7d, delete_after: 30d, legal_hold: true}
  imported: {warm_after: 7d, delete_after: 60d}
""")
BOUNDS = Bounds(accepted_age=7 * DAY)
TICK = 6 * HOUR


Run: TypeAlias = Callable[[Policies, SimulatedCluster, int, Bounds], list[Action]]


class World:
    """The true time, records that come, and a scheduler whose clock may be wrong."""

    def __init__(self, seed: int, run: Run = run) -> None:
        self.run = run
        self.random = Random(seed)  # noqa: S311 - chance that can be repeated
        self.now = NOON_NS
        self.cluster = SimulatedCluster(lambda: self.now, frozenset(Tier) - {Tier.ARCHIVE})
        self.seen: Counter[str] = Counter()
        self.written: dict[str, IndexFacts] = {}

    def write(self) -> None:
        """What comes in six hours, some of it late, and now and then an old file."""
        for hours in range(6):
            self._write("debug", self.now - hours * HOUR)
        for stream in ("default", "audit", "held"):
            self._write(stream, self.now)
        if self.random.random() < 0.5:
            stream = self.random.choice(["default", "debug", "audit", "held"])
            self._write(stream, self.now - self.random.randrange(9 * DAY), documents=1)
        if self.random.random() < 0.02:
            self._write("imported", self.now - self.random.randrange(2_000 * DAY))

    def _write(self, stream: str, timestamp: int, documents: int = 1_500) -> None:
        if not self.cluster.is_accepted(POLICIES, BOUNDS, stream, timestamp):
            self.seen["refused"] += 1
            return
        index = self.cluster.write(POLICIES, stream, timestamp, documents)
        self.seen["late"] += index.generation > 1
        self.written[index.base] = index

    def tick(self) -> None:
        """One run, with whatever may befall it."""
        chance = self.random.random()
        ahead = 0
        if chance < 0.05:
            ahead = self.random.choice([-40 * DAY, -HOUR, HOUR, 3 * DAY, 400 * DAY])
            self.seen["wrong clock"] += 1
        elif chance < 0.15:
            ahead = self.random.randrange(-4 * MINUTE, 4 * MINUTE)
        elif chance < 0.30:
            self.cluster.kill_in = self.random.randrange(1, 40)
        try:
            actions = self.run(POLICIES, self.cluster, self.now + ahead, BOUNDS)
            self.seen.update(str(action.kind) for action in actions)
        except KilledError:
            self.seen["killed"] += 1
        self.cluster.kill_in = None

    def check(self) -> None:
        """Nothing went too early, and every record that is to be kept is searched exactly once."""
        for gone, at in self.cluster.deleted:
            assert is_over(gone, at, POLICIES), f"{gone} was deleted too early, at {at}"
        self.cluster.deleted.clear()
        served = Counter(one.base for one in self.cluster.indices.values() if one.is_searched)
        archived = {one.base: one for one in self.cluster.archives.values()}
        for base, index in list(self.written.items()):
            if is_over(index, self.now, POLICIES) and not served[base]:
                if base not in archived:
                    del self.written[base]
                continue
            assert served[base] == 1, f"{base} is searched {served[base]} times"


def is_over(one: IndexFacts | ArchiveFacts, at: int, policies: Policies) -> bool:
    """Whether the policy promises its records no more, or promises only their archive."""
    life = policies.life_of(one.partition.stream)
    newest = one.newest if life.counts_from == "records" else one.newest_arrival
    if newest is None:
        return True
    limits = [life.delete_after]
    if isinstance(one, IndexFacts) and life.archive_after:
        limits.append(life.archive_after)
    ages = [limit for limit in limits if limit is not None]
    return not life.legal_hold and bool(ages) and at - newest >= min(ages)


def expected_tier(index: IndexFacts, life: Life, now: int) -> Tier:
    newest = index.newest if life.counts_from == "records" else index.newest_arrival
    age = now - (newest or 0)
    if life.cold_after is not None and age >= life.cold_after:
        return Tier.COLD
    return Tier.WARM if life.warm_after is not None and age >= life.warm_after else Tier.HOT


def live(world: World, days: int) -> None:
    """Let the time pass, then be quiet until the last step that is due has been taken."""
    for _ in range(days * DAY // TICK):
        world.now += TICK
        world.write()
        asleep = world.random.random() < 0.1 or world.now // (5 * DAY) % 17 == 3
        if not asleep:
            world.tick()
        world.check()
    for pause in [HOUR] * 60 + [2 * MINUTE] * 10:
        world.now += pause
        world.run(POLICIES, world.cluster, world.now, BOUNDS)
        world.check()
    for partition, generations in world.cluster.generations.items():
        most = 2 + world.cluster.rollovers.get(partition, 0)
        if partition.stream != "imported":
            assert generations <= most, f"{partition} has {generations} generations"


def test_four_hundred_days_end_with_exactly_what_the_policy_says() -> None:
    world = World(seed=1)
    live(world, 400)
    assert_everything_happened(world)
    assert_exactly_what_the_policy_says(world)


def test_so_do_some_weeks_by_the_executor() -> None:
    world = World(seed=2, run=run_by_executor)
    live(world, 36)
    assert_exactly_what_the_policy_says(world)


def assert_everything_happened(world: World) -> None:
    # A simulation in which something never happened has proven nothing about it.
    wanted = (
        "killed", "wrong clock", "late", "refused", "roll_over", "close_for_writing", "warm", "cold",
        "archive", "mark", "delete", "mark_archive", "delete_archive", "clean_up", "blocked",
    )  # fmt: skip
    assert [name for name in wanted if not world.seen[name]] == []


def assert_exactly_what_the_policy_says(world: World) -> None:
    there: dict[str, IndexFacts] = {}
    for index in world.cluster.indices.values():
        assert index.is_searched, f"{index.name} was left behind"
        assert index.base not in there
        there[index.base] = index
    for base, index in there.items():
        life = POLICIES.life_of(index.partition.stream)
        assert not is_over(index, world.now, POLICIES) or index.documents == 0, base
        if index.is_write_index:
            continue  # it has yet to be closed, and is hot until then
        assert index.tier is expected_tier(index, life, world.now) or not index.documents, base
    for base, written in world.written.items():
        if not is_over(written, world.now, POLICIES):
            assert there[base].documents == written.documents
    open_periods = [one for one in there.values() if one.is_write_index]
    for index in open_periods:
        life = POLICIES.life_of(index.partition.stream)
        span: Any = span_of(index.partition.period)
        first = life.warm_after or life.delete_after or 0
        is_late = index.created_at >= span[1] + first
        if life.counts_from == "records":
            wait = min(7 * DAY, life.delete_after or 7 * DAY) if is_late else first
            assert world.now <= span[1] + wait + HOUR, f"{index.name} is still open"
    for archive in world.cluster.archives.values():
        assert archive.partition.stream == "audit"
        assert world.now - (archive.newest or archive.taken_at) < 200 * DAY
