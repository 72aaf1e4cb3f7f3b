"""Where the regions' clusters are, and what the API of one region works on."""

from dataclasses import dataclass, replace

from app.domain.aggregations import Aggregations
from app.domain.ports import Clock, DatabaseInterface, ReplicationReports, StateStore
from app.domain.reading import RecordReader
from app.domain.regions import Replication
from app.domain.sharding import ScalingStrategy
from app.services.replication.board import RegionReports
from app.services.replication.roles import Roles, WatchedRole
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.no_writes import NoWrites
from app.stores.elasticsearch.store import ElasticsearchDatabase
from app.stores.master_gate import MasterGate
from app.stores.near_far import NearThenFar
from app.stores.near_far_reading import NearThenFarAggregations, NearThenFarReader
from app.stores.nearest_first import NearestFirst
from app.wiring.indices import create_indices


def peer_addresses(settings: Settings) -> dict[str, ClusterAddress]:
    """Where the peers' clusters are; credentials stand in their addresses."""
    return {
        name: ClusterAddress(urls=urls, ca_file=settings.elasticsearch_ca_file)
        for name, urls in settings.regions.peers.items()
    }


def reports(settings: Settings, state: StateStore, clock: Clock) -> ReplicationReports:
    """What is told of the replication."""
    return RegionReports(settings.regions, state, clock)


@dataclass(frozen=True)
class Region:
    """What the service of one region works on; without others, that of its own cluster."""

    store: DatabaseInterface
    reader: RecordReader
    aggregations: Aggregations


def regional(
    settings: Settings,
    near: ElasticsearchDatabase,
    state: StateStore,
    strategy: ScalingStrategy,
    clock: Clock,
) -> Region:
    """``near`` as one region of several: its reads fall back, its writes may be the master's.

    Raises:
        StoreError: the address of a peer cannot be used.
    """
    regions = settings.regions
    if regions.kind is Replication.OFF:
        return Region(near, near.reader, near.aggregations)
    far = {
        name: _read_only(settings, address, strategy, clock)
        for name, address in peer_addresses(settings).items()
    }
    every = {regions.own: near, **far}
    store: DatabaseInterface = NearThenFar(regions.own, near, far)
    if regions.kind is not Replication.MULTI_MASTER:
        watched = WatchedRole(Roles(state, regions), regions)
        store = MasterGate(store, regions.own, lambda: watched.role.master, watched.close)
    return Region(
        store,
        NearThenFarReader(NearestFirst({name: one.reader for name, one in every.items()})),
        NearThenFarAggregations(
            NearestFirst({name: one.aggregations for name, one in every.items()})
        ),
    )


def _read_only(
    settings: Settings, address: ClusterAddress, strategy: ScalingStrategy, clock: Clock
) -> ElasticsearchDatabase:
    client = connect(replace(address, timeout=settings.search_timeout))
    indices = create_indices(settings, client)
    return ElasticsearchDatabase(
        client, indices, strategy, clock, NoWrites(), search_timeout=settings.search_timeout
    )
