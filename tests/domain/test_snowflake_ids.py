"""Snowflake ids: unique and rising, whatever the clock, the threads and the lease do."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import StoreUnavailableError
from app.domain.ids import FixedNodeNumber, NodeLease, SnowflakeIDGenerator
from app.domain.reserving import Work
from app.stores.machine_node_numbers import MachineNodeNumbers
from tests.builders import NOON_NS
from tests.fakes import ByHand, FakeClock

NOON_MS = NOON_NS // 1_000_000


class ScriptedNodes:
    """Hands out the leases it was given, one after the other."""

    def __init__(self, *leases: NodeLease, renewed: NodeLease | None = None) -> None:
        self.leases = list(leases)
        self.renewed = renewed
        self.renewals: list[NodeLease] = []
        self.released: list[tuple[int, int]] = []

    def lease(self) -> NodeLease:
        if not self.leases:
            raise StoreUnavailableError("no node number is free")
        return self.leases.pop(0)

    def renew(self, lease: NodeLease) -> NodeLease | None:
        self.renewals.append(lease)
        return self.renewed

    def release(self, lease: NodeLease, last_ms: int) -> None:
        self.released.append((lease.number, last_ms))


def parts(id: str) -> tuple[int, int, int]:
    moment, node, sequence = (int(part) for part in id.split("-"))
    return moment, node, sequence


def test_an_id_is_milliseconds_node_number_and_sequence() -> None:
    ids = SnowflakeIDGenerator(FixedNodeNumber(7), FakeClock())

    assert [ids.next_id(), ids.next_id()] == [f"{NOON_MS}-7-0", f"{NOON_MS}-7-1"]


def test_the_sequence_starts_again_in_every_millisecond() -> None:
    clock = FakeClock()
    ids = SnowflakeIDGenerator(FixedNodeNumber(7), clock)
    ids.next_id()
    ids.next_id()

    clock.advance(ms=1)

    assert parts(ids.next_id()) == (NOON_MS + 1, 7, 0)


def test_after_4096_ids_in_a_millisecond_the_next_millisecond_is_used() -> None:
    ids = SnowflakeIDGenerator(FixedNodeNumber(7), FakeClock())

    made = [parts(ids.next_id()) for _ in range(4_098)]

    assert made[4_095:] == [(NOON_MS, 7, 4_095), (NOON_MS + 1, 7, 0), (NOON_MS + 1, 7, 1)]


def test_a_clock_that_goes_back_does_not_take_the_ids_back() -> None:
    clock = FakeClock()
    ids = SnowflakeIDGenerator(FixedNodeNumber(7), clock)
    ids.next_id()

    clock.advance(hours=-1)

    assert parts(ids.next_id()) == (NOON_MS, 7, 1)


@given(st.lists(st.integers(-5, 5), max_size=200), st.integers(1, 50))
def test_ids_rise_however_the_clock_jumps(jumps: list[int], burst: int) -> None:
    clock = FakeClock()
    ids = SnowflakeIDGenerator(FixedNodeNumber(1), clock)

    made = []
    for jump in jumps:
        clock.advance(ms=jump)
        made += [parts(ids.next_id()) for _ in range(burst)]

    assert all(one < other for one, other in pairwise(made))


def test_ids_are_unique_across_threads() -> None:
    ids = SnowflakeIDGenerator(FixedNodeNumber(1), FakeClock())

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: ids.next_id(), range(20_000)))

    assert len(set(made)) == 20_000


def test_ids_are_unique_across_real_processes(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")

    with spawn.Pool(3) as processes:
        made = processes.map(make_ids, [tmp_path] * 3, chunksize=1)

    assert len({one for ids in made for one in ids}) == 15_000
    assert len({parts(ids[0])[1] for ids in made}) == 3


def make_ids(folder: Path) -> list[str]:
    # All processes have one and the same frozen clock: only their numbers keep them apart.
    ids = SnowflakeIDGenerator(MachineNodeNumbers(folder), FakeClock())
    return [ids.next_id() for _ in range(5_000)]


def test_nothing_is_leased_before_the_first_id() -> None:
    nodes = ScriptedNodes(NodeLease(5, 0, NOON_MS + 1_000))

    SnowflakeIDGenerator(nodes, FakeClock()).close()

    assert len(nodes.leases) == 1
    assert nodes.released == []


def test_ids_begin_where_the_former_holder_of_the_number_ended() -> None:
    nodes = ScriptedNodes(NodeLease(5, NOON_MS + 40, NOON_MS + 1_000))

    assert parts(SnowflakeIDGenerator(nodes, FakeClock()).next_id()) == (NOON_MS + 40, 5, 0)


def test_a_lease_is_renewed_halfway_to_its_end() -> None:
    clock = FakeClock()
    first, longer = NodeLease(5, 0, NOON_MS + 1_000), NodeLease(5, 0, NOON_MS + 9_000)
    nodes = ScriptedNodes(first, renewed=longer)
    ids = SnowflakeIDGenerator(nodes, clock)
    ids.next_id()

    clock.advance(ms=499)
    ids.next_id()
    assert nodes.renewals == []

    clock.advance(ms=1)
    ids.next_id()
    assert nodes.renewals == [first]

    clock.advance(ms=2_000)
    assert parts(ids.next_id()) == (NOON_MS + 2_500, 5, 0)
    assert nodes.renewals == [first]


def test_a_lease_that_cannot_be_renewed_is_used_until_shortly_before_its_end() -> None:
    clock = FakeClock()
    nodes = ScriptedNodes(NodeLease(5, 0, NOON_MS + 1_000), NodeLease(6, 0, NOON_MS + 5_000))
    ids = SnowflakeIDGenerator(nodes, clock)
    ids.next_id()

    clock.advance(ms=998)
    assert parts(ids.next_id())[1] == 5

    clock.advance(ms=1)
    assert parts(ids.next_id())[1] == 6


def test_a_process_that_slept_beyond_its_lease_takes_another_number() -> None:
    clock = FakeClock()
    nodes = ScriptedNodes(NodeLease(5, 0, NOON_MS + 1_000), NodeLease(6, 0, NOON_MS + 9_000_000))
    ids = SnowflakeIDGenerator(nodes, clock)
    ids.next_id()

    clock.advance(hours=1)

    assert parts(ids.next_id()) == (NOON_MS + 3_600_000, 6, 0)


def test_no_id_lies_at_or_beyond_the_end_of_its_lease() -> None:
    clock = FakeClock()
    end = NOON_MS + 3
    ids = SnowflakeIDGenerator(ScriptedNodes(NodeLease(5, 0, end)), clock)

    made = [parts(ids.next_id()) for _ in range(2 * 4_096)]

    assert made[-1] == (end - 2, 5, 4_095)
    assert parts(ids.next_id()) == (end - 1, 5, 0)
    assert UUID(ids.next_id()).version == 7


def by_hand(nodes: ScriptedNodes, clock: FakeClock) -> tuple[SnowflakeIDGenerator, ByHand]:
    """Ids, and what leases their number when the test says so."""
    made: list[ByHand] = []

    def reserving(work: Work) -> ByHand:
        made.append(ByHand(work))
        return made[0]

    return SnowflakeIDGenerator(nodes, clock, reserving=reserving), made[0]


def test_while_no_number_is_free_ids_are_uuids_that_rise() -> None:
    nodes = ScriptedNodes()
    ids = SnowflakeIDGenerator(nodes, FakeClock())

    made = [*ids.next_ids(1_000), ids.next_id()]
    nodes.leases.append(NodeLease(5, 0, NOON_MS + 1_000))

    assert {UUID(one).version for one in made} == {7}
    assert made == sorted(set(made))
    assert parts(ids.next_id()) == (NOON_MS, 5, 0)


def test_an_id_does_not_wait_for_a_lease_that_hangs() -> None:
    ids, leasing = by_hand(ScriptedNodes(NodeLease(5, 0, NOON_MS + 1_000)), FakeClock())

    assert UUID(ids.next_id()).version == 7
    assert leasing.asked == 1

    leasing.do()
    assert parts(ids.next_id()) == (NOON_MS, 5, 0)
    assert leasing.asked == 1


def test_while_a_renewal_hangs_the_lease_is_used_to_its_end_and_then_uuids_are() -> None:
    clock = FakeClock()
    nodes = ScriptedNodes(NodeLease(5, 0, NOON_MS + 1_000), NodeLease(6, 0, NOON_MS + 9_000))
    ids, leasing = by_hand(nodes, clock)
    leasing.do()

    clock.advance(ms=998)
    assert parts(ids.next_id()) == (NOON_MS + 998, 5, 0)
    assert leasing.asked == 1

    clock.advance(ms=1)
    assert UUID(ids.next_id()).version == 7

    leasing.do()
    assert parts(ids.next_id()) == (NOON_MS + 999, 6, 0)


def test_a_batch_that_outlasts_the_lease_has_both_kinds() -> None:
    ids = SnowflakeIDGenerator(ScriptedNodes(NodeLease(5, 0, NOON_MS + 2)), FakeClock())

    made = ids.next_ids(2 * 4_096 + 1)

    assert len(set(made)) == 8_193
    assert parts(made[8_191]) == (NOON_MS + 1, 5, 4_095)
    assert UUID(made[8_192]).version == 7


def test_closing_gives_the_number_back_with_the_last_millisecond_used() -> None:
    nodes = ScriptedNodes(NodeLease(5, NOON_MS + 40, NOON_MS + 1_000))
    ids = SnowflakeIDGenerator(nodes, FakeClock())
    ids.next_id()

    ids.close()
    ids.close()

    assert nodes.released == [(5, NOON_MS + 40)]


def test_a_number_that_was_not_used_is_given_back_as_it_came() -> None:
    nodes = ScriptedNodes(NodeLease(5, NOON_MS + 40, NOON_MS + 1_000))
    ids, leasing = by_hand(nodes, FakeClock())
    leasing.do()

    ids.close()

    assert nodes.released == [(5, NOON_MS + 39)]


def test_two_regions_whose_clusters_lease_the_same_number_give_different_ids() -> None:
    clock = FakeClock()
    eu, us = (SnowflakeIDGenerator(FixedNodeNumber(7), clock, region) for region in ("eu", "us"))

    assert eu.next_id() == f"{NOON_NS // 1_000_000}-eu.7-0"
    assert not {*eu.next_ids(5_000)} & {*us.next_ids(5_000)}
