"""Copying by position."""

from dataclasses import replace

import pytest

from app.domain.ports import StateStore
from app.domain.regions import Lag
from app.stores.elasticsearch.replication.copier import Copier
from app.stores.elasticsearch.replication.delivery import Delivery
from app.stores.elasticsearch.replication.positions import Positions
from app.stores.elasticsearch.replication.site import Site
from app.stores.memory_state import InMemoryStateStore
from tests.builders import NOON_NS
from tests.fakes import FakeClock
from tests.stores.elasticsearch.replication.land import (
    DAY,
    copy_all,
    ids,
    numbered,
    roll_over,
    source,
    store,
)

pytestmark = pytest.mark.es


def copier(source: Site, target: Site, state: StateStore, *, asks_first: bool = False) -> Copier:
    """As a process that has just started would make it."""
    clock = FakeClock(NOON_NS)
    return Copier(
        source, target, Positions(state, source.region), Delivery(target), clock, asks_first
    )


@pytest.mark.parametrize("asks_first", [False, True])
def test_a_copy_has_the_same_ids_and_the_same_bytes(eu: Site, us: Site, asks_first: bool) -> None:
    odd = source(1, b',"metadata":{"price":1.50,"huge":123456789012345678901234567890,"e":1E5}')
    store(eu, {"odd": odd, **numbered(range(2, 700))})

    copy_all(copier(eu, us, InMemoryStateStore(), asks_first=asks_first))

    assert ids(us) == ids(eu)
    ((_, raw),) = us.reader.fetch(us.indices.target(DAY), ["odd"])
    assert bytes(raw) == odd


def test_a_process_goes_on_where_the_last_one_was(eu: Site, us: Site) -> None:
    state = InMemoryStateStore()
    store(eu, numbered(range(5)))
    copy_all(copier(eu, us, state))
    store(eu, numbered(range(5, 8)))
    next_one = copier(eu, us, state)

    copy_all(next_one)

    assert ids(us) == ids(eu)
    assert next_one.progress.copied == 3


def test_what_a_lost_position_repeats_is_found_to_be_there_also_after_a_rollover(
    eu: Site, us: Site
) -> None:
    store(eu, numbered(range(5)))
    copy_all(copier(eu, us, InMemoryStateStore()))
    roll_over(us)

    again = copier(eu, us, InMemoryStateStore())
    copy_all(again)

    assert ids(us) == ids(eu)
    assert again.progress.copied == 0


def test_where_both_take_writes_a_record_that_came_from_here_is_named_once_and_not_sent_back(
    eu: Site, us: Site
) -> None:
    eu_state, us_state = InMemoryStateStore(), InMemoryStateStore()
    store(eu, numbered(range(5)))
    store(us, numbered(range(5, 9)))
    to_us = copier(eu, us, us_state, asks_first=True)
    copy_all(to_us)
    to_eu = copier(us, eu, eu_state, asks_first=True)
    copy_all(to_eu)
    copy_all(to_us)

    assert ids(us) == ids(eu) == sorted(numbered(range(9)))
    assert (to_us.progress.copied, to_eu.progress.copied) == (5, 4)
    # Both have now seen all of the other's operations: there is nothing left to name.
    assert to_us.progress.lag(NOON_NS) == to_eu.progress.lag(NOON_NS) == Lag()
    shards = [index.checkpoints for index in (*eu.source_indices(), *us.source_indices())]
    assert shards == [{0: 8}, {0: 8}]


@pytest.mark.parametrize("is_complete", [True, False])
def test_a_recompressed_copy_is_read_again_only_if_its_count_differs(
    eu: Site, us: Site, is_complete: bool
) -> None:
    state = InMemoryStateStore()
    store(eu, numbered(range(5)))
    eu.refresh([f"{eu.indices.alias(DAY)}-000001"])
    one = copier(eu, us, state)
    copy_all(one)
    original, alias = f"{eu.indices.alias(DAY)}-000001", eu.indices.alias(DAY)
    eu.client.indices.create(index=f"{original}-warm")
    store(eu, numbered(range(5 if is_complete else 6)), f"{original}-warm")
    eu.client.indices.update_aliases(
        actions=[
            {"remove": {"index": original, "alias": alias}},
            {"add": {"index": f"{original}-warm", "alias": alias, "is_write_index": False}},
        ]
    )
    eu.refresh([f"{original}-warm"])
    (index,) = eu.source_indices()
    assert index.base == original

    assert one.positions.of(index).behind(index) == (0 if is_complete else 6)
    copy_all(one)

    assert ids(us) == sorted(numbered(range(5 if is_complete else 6)))


def test_an_index_that_is_just_being_made_is_not_copied(eu: Site, us: Site) -> None:
    store(eu, numbered(range(2)))
    name = f"{eu.indices.alias(DAY)}-000001"
    eu.client.indices.update_aliases(
        actions=[{"remove": {"index": name, "alias": eu.indices.alias(DAY)}}]
    )

    assert eu.source_indices() == []


def test_the_lag_counts_what_was_not_looked_at_and_the_age_of_the_oldest(
    eu: Site, us: Site
) -> None:
    clock = FakeClock(NOON_NS)
    one = replace(copier(eu, us, InMemoryStateStore()), clock=clock)
    store(eu, numbered(range(5)))
    clock.advance(ms=30_000)

    one.round()
    while_behind = one.progress.lag(clock())
    copy_all(one)

    assert while_behind.records == 5
    assert 29 <= while_behind.seconds <= 30
    assert one.progress.lag(clock()) == Lag()
    # A peer that stops answering may have anything since the last look.
    one.progress.is_current = False
    clock.advance(ms=7_000)
    assert one.progress.lag(clock()) == Lag(0, 7.0)
