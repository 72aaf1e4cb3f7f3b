"""What is known of indices, nodes and clocks, in a few calls."""

import time

import pytest

from app.domain.errors import StoreError
from app.domain.lifecycle import Tier
from app.domain.sharding import Partition
from app.stores.elasticsearch.lifecycle.admin import LifecycleOptions
from retention.admin import Admin
from tests.stores.elasticsearch.lifecycle.corner import DAY, Corner
from tests.stores.elasticsearch.lifecycle.wire import watched

pytestmark = pytest.mark.es

MILLISECOND = 1_000_000
#: 2026-01-05T10:00:00.123456789Z
FIRST = 1_767_607_200_123_456_789


def test_a_hot_index(corner: Corner) -> None:
    index = corner.facts(corner.make())

    assert (index.base, index.partition, index.generation) == (corner.name(), DAY, 1)
    assert (index.documents, index.primaries, index.tier) == (30, 1, Tier.HOT)
    assert (index.is_write_index, index.is_searched, index.is_open) == (True, True, True)
    assert (index.is_write_blocked, index.is_flooded, index.health) == (False, False, "green")
    assert index.total_bytes >= index.primary_bytes == index.largest_shard_bytes > 0
    assert abs(index.created_at - time.time_ns()) < 3_600 * 10**9
    assert (index.marked_at, index.restored_until, index.archived_as) == (None, None, None)


def test_the_span_of_records_is_never_told_too_short(corner: Corner) -> None:
    index = corner.facts(corner.make())

    newest, arrival = FIRST + 29 * 10**9, 1_767_607_200_000_000_029
    assert index.oldest is not None
    assert index.newest is not None
    assert index.newest_arrival is not None
    assert 0 <= FIRST - index.oldest < MILLISECOND
    assert 0 <= index.newest - newest < MILLISECOND
    assert 0 <= index.newest_arrival - arrival < MILLISECOND


def test_an_empty_index_has_no_span(corner: Corner) -> None:
    index = corner.facts(corner.make(records=0))

    assert (index.oldest, index.newest, index.newest_arrival) == (None, None, None)


def test_shards_are_added_up_and_the_largest_is_told(corner: Corner) -> None:
    three = {"index.number_of_shards": 3, "index.store.stats_refresh_interval": "0s"}

    index = corner.facts(corner.make(settings=three))

    assert (index.documents, index.primaries) == (30, 3)
    assert index.primary_bytes / 3 <= index.largest_shard_bytes < index.primary_bytes


def test_a_closed_index_is_told_of_and_explained(corner: Corner) -> None:
    name = corner.make()
    corner.client.indices.close(index=name)

    index = corner.facts(name)
    assert not index.is_open
    assert index.documents == 30
    with pytest.raises(StoreError, match="is closed: open it"):
        corner.admin().warm(index, replicas=0)


def test_a_red_index_is_told_of_and_explained(corner: Corner) -> None:
    name = corner.name()
    corner.indices.install_templates()
    corner.client.indices.create(
        index=name,
        wait_for_active_shards="0",
        aliases={corner.alias(): {"is_write_index": True}},
        settings={"index.routing.allocation.require._name": "a-node-that-is-not-there"},
    )

    index = corner.facts(name)
    assert (index.health, index.newest) == ("red", None)
    with pytest.raises(StoreError, match="is not of the tier or name that it is to be on"):
        corner.admin().warm(index, replicas=0)


def test_a_nearly_full_disk_is_explained(corner: Corner) -> None:
    name = corner.make()
    corner.move_to(name, [("index.blocks.read_only_allow_delete", True)])

    index = corner.facts(name)
    assert index.is_flooded
    with pytest.raises(StoreError, match="free space or add a node"):
        corner.admin().warm(index, replicas=0)


def test_a_nearly_full_disk_keeps_nothing_from_being_marked_and_deleted(corner: Corner) -> None:
    name = corner.make()
    corner.move_to(name, [("index.blocks.read_only_allow_delete", True)])

    corner.admin().mark(name, 5)
    corner.admin().delete(corner.facts(name))

    assert corner.names() == set()


def test_what_is_no_index_of_records_is_left_out(corner: Corner) -> None:
    corner.admin().note({"kind": "nothing"})
    corner.client.indices.create(index=f"{corner.prefix}-of-somebody-else")

    assert corner.names() == set()


def test_the_cluster(corner: Corner) -> None:
    cluster = corner.admin().facts()

    assert abs(cluster.clock - time.time_ns()) < 60 * 10**9
    assert cluster.tiers == frozenset()
    assert cluster.data_nodes == 1
    assert 0 < cluster.free_bytes < cluster.disk_bytes


def test_a_wait_that_is_in_vain_ends(corner: Corner) -> None:
    name = corner.make()
    # A copy that no node can take is what a disk above its watermark makes of it.
    corner.admin().close_for_writing(corner.facts(name))
    corner.client.indices.clone(
        index=name,
        target=f"{name}-warm",
        wait_for_active_shards="0",
        settings={
            "index.routing.allocation.require._name": "a-node-that-is-not-there",
            "index.codec": "best_compression",
        },
    )

    admin = corner.admin(options=LifecycleOptions(patience=0.5))
    with pytest.raises(StoreError, match="cannot be made"):
        admin.warm(corner.facts(name), replicas=0)

    corner.admin().warm(corner.facts(name), replicas=0)
    assert corner.facts(f"{name}-warm").is_searched


@pytest.mark.parametrize("indices", [1, 12])
def test_the_number_of_calls_does_not_grow_with_that_of_indices(
    corner: Corner, es_url: str, indices: int
) -> None:
    for number in range(1, indices + 1):
        corner.make(records=1, partition=Partition("default", f"2026.03.{number:02d}"))
    calls: list[str] = []

    with watched(es_url, lambda method, target: calls.append(target)) as client:
        assert len(corner.admin(client).facts().indices) == indices

    assert len(calls) <= 7, calls


def test_records_of_an_index_that_takes_no_more_are_asked_for_once(
    corner: Corner, es_url: str
) -> None:
    name = corner.make()
    corner.admin().close_for_writing(corner.facts(name))
    calls: list[str] = []

    with watched(es_url, lambda method, target: calls.append(target)) as client:
        admin = corner.admin(client)
        first, second = admin.facts(), admin.facts()

    assert first.indices == second.indices
    assert len([target for target in calls if "_msearch" in target]) == 1


def test_it_is_what_the_executor_asks_for(corner: Corner) -> None:
    # The type checker compares each method with the protocol's.
    admin: Admin = corner.admin()

    assert admin.facts().indices == ()
