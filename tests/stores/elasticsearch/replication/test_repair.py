"""Comparison of two sites, and copying of what one of them lacks."""

import pytest

from app.domain.ports import StateStore
from app.stores.elasticsearch.replication.agreed import Agreed
from app.stores.elasticsearch.replication.delivery import Delivery
from app.stores.elasticsearch.replication.peer import PeerCluster, Ways
from app.stores.elasticsearch.replication.repair import Repair, Repaired
from app.stores.elasticsearch.replication.site import Site
from app.stores.memory_state import InMemoryStateStore
from tests.builders import DAY as ONE_DAY
from tests.builders import NOON_NS
from tests.fakes import FakeClock
from tests.stores.elasticsearch.replication.land import DAY, ids, numbered, store

pytestmark = pytest.mark.es

HOUR = 3_600


def repair(source: Site, target: Site, state: StateStore, now: int = NOON_NS + ONE_DAY) -> Repair:
    return Repair(
        source, target, Delivery(target), Agreed(state, f"from-{source.region}"), FakeClock(now)
    )


def delete(site: Site, *names: str) -> None:
    for name in names:
        site.client.delete(index=f"{site.indices.alias(DAY)}-000001", id=name)


def test_records_that_were_deleted_behind_its_back_are_copied_again(eu: Site, us: Site) -> None:
    both = numbered([*range(50), HOUR, HOUR + 1])
    store(eu, both)
    store(us, both)
    delete(us, "r7", "r8", f"r{HOUR}")

    done = repair(eu, us, InMemoryStateStore()).run()

    assert done == Repaired(compared=2, copied=3)
    assert ids(us) == ids(eu) == sorted(both)


def test_as_many_but_other_records_are_told_apart(eu: Site, us: Site) -> None:
    store(eu, numbered([1, 2, 3]))
    store(us, numbered([1, 2, 4]))

    there = repair(eu, us, InMemoryStateStore()).run()
    back = repair(us, eu, InMemoryStateStore()).run()

    assert (there.copied, back.copied) == (1, 1)
    assert ids(us) == ids(eu) == ["r1", "r2", "r3", "r4"]


def test_hours_that_agreed_are_not_read_again_until_a_count_changes(eu: Site, us: Site) -> None:
    state = InMemoryStateStore()
    for site in (eu, us):
        store(site, numbered([1, 2, HOUR]))
    assert repair(eu, us, state).run() == Repaired(compared=2)

    again = repair(eu, us, state).run()
    delete(us, "r1")
    after = repair(eu, us, state).run()

    assert again == Repaired(compared=0)
    assert after == Repaired(compared=1, copied=1)


def test_an_hour_that_is_still_open_waits_unless_it_is_asked_for(eu: Site, us: Site) -> None:
    store(eu, numbered([1, 2]))
    store(us, numbered([1]))
    now = NOON_NS + 1_000_000_000

    usual = repair(eu, us, InMemoryStateStore(), now).run()
    asked = repair(eu, us, InMemoryStateStore(), now).run(with_open=True)

    assert (usual, asked) == (Repaired(), Repaired(compared=1, copied=1))


def ways(own: Site, peer: Site, state: StateStore, peer_state: StateStore) -> PeerCluster:
    clock = FakeClock(NOON_NS + ONE_DAY)
    return PeerCluster(
        Ways(own, peer, state, peer_state, clock, asks_first=False, stopped=lambda: False)
    )


def test_what_an_old_master_has_more_goes_to_the_new_one_also_in_a_partition_that_is_new_there(
    eu: Site, us: Site
) -> None:
    store(eu, numbered([1, 2]))
    old_master = ways(eu, us, InMemoryStateStore(), InMemoryStateStore())

    assert old_master.compare(both_ways=True, with_open=False) == 2
    assert ids(us) == ids(eu)


def test_what_the_new_master_has_had_and_deleted_does_not_go_there_again(
    eu: Site, us: Site
) -> None:
    eu_state, us_state = InMemoryStateStore(), InMemoryStateStore()
    store(eu, numbered([1, 2]))
    new_master = ways(us, eu, us_state, eu_state)
    while new_master.pull():
        pass
    us.client.indices.delete(index=f"{us.indices.alias(DAY)}-000001")

    assert ways(eu, us, eu_state, us_state).compare(both_ways=True, with_open=True) == 0
    assert us.partitions() == {}


def test_a_partition_that_this_region_has_deleted_does_not_come_back(eu: Site, us: Site) -> None:
    store(eu, numbered([1, 2]))

    done = repair(eu, us, InMemoryStateStore()).run()

    assert done == Repaired()
    assert us.partitions() == {}
