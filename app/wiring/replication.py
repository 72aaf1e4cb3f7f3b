"""The composition root of ``logfeed replicate`` and of the commands on replication."""

import threading
from dataclasses import dataclass
from functools import partial

from flask import Flask

from app.domain.errors import LogfeedError
from app.domain.ports import Clock, Health
from app.domain.regions import Regions, Replication, ReplicationReport
from app.http.metrics_site import build_metrics_site
from app.http.replication_metrics import ReplicationMetrics
from app.services.replication.board import Board, RegionReports
from app.services.replication.following import Following, Told
from app.services.replication.promotion import Promotion
from app.services.replication.roles import Roles
from app.settings import Settings
from app.stores.elasticsearch.connect import ClusterAddress, connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.replication.peer import PeerCluster, Ways
from app.stores.elasticsearch.replication.raw import RawReader
from app.stores.elasticsearch.replication.site import Site
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.wiring.clock import system_clock
from app.wiring.cluster import cluster_address
from app.wiring.indices import create_indices
from app.wiring.regions import peer_addresses
from app.wiring.shipping import create_shipper

#: Seconds that what is under way gets to be stored at the end.
_GRACE_SECONDS = 10.0


class ReplicationOffError(LogfeedError):
    """There is only one region."""


class RegionPeer(PeerCluster):
    """A peer with the role that it knows of."""

    def __init__(self, ways: Ways, roles: Roles) -> None:
        super().__init__(ways)
        self.roles = roles


@dataclass(frozen=True)
class ReplicationSystem:
    """Replication in one region, with everything behind it.

    Attributes:
        site: the small web application of ``logfeed replicate``.
    """

    regions: Regions
    own: Site
    peers: tuple[RegionPeer, ...]
    followings: tuple[Following, ...]
    promotion: Promotion
    reports: RegionReports
    sites: tuple[Site, ...]
    stopping: threading.Event
    site: Flask

    def run(self) -> None:
        """Replicate until ``stopping``."""
        threads = [
            threading.Thread(target=run, args=(self.stopping,), daemon=True)
            for following in self.followings
            for run in (following.run, following.comparing.run)
        ]
        for thread in threads:
            thread.start()
        self.stopping.wait()
        for thread in threads:
            thread.join(_GRACE_SECONDS)

    def report(self) -> ReplicationReport:
        """How it goes.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        return self.reports.report()

    def repair(self) -> dict[str, int | str]:
        """Compare with every peer now, in both directions of a follower; records stored by the peer,
        or why it could not be compared.
        """
        done: dict[str, int | str] = {}
        for peer in self.peers:
            try:
                done[peer.name] = peer.compare(
                    both_ways=self.regions.kind is Replication.MASTER_SLAVE, with_open=True
                )
            except LogfeedError as error:
                done[peer.name] = str(error)
        return done

    def close(self) -> None:
        """Let what is under way be stored, and close the connections."""
        self.stopping.set()
        for site in (self.own, *self.sites):
            site.shipper.close(_GRACE_SECONDS)
            site.client.close()
            site.reader.close()


def create_replication(settings: Settings, clock: Clock = system_clock) -> ReplicationSystem:
    """Replication as ``settings`` name it; nothing is asked of anybody yet.

    Raises:
        ReplicationOffError: by the settings there is none.
        StoreError: a setting of a connection cannot be used.
    """
    regions = settings.regions
    if regions.kind is Replication.OFF:
        raise ReplicationOffError(
            "LOGFEED_REPLICATION is off: set it to master_slave or multi_master, with LOGFEED_REGION "
            "and LOGFEED_PEERS"
        )
    metrics = ReplicationMetrics()
    make = partial(_site, settings, metrics, clock)
    own = make(regions.own, cluster_address(settings))
    sites = [make(name, address) for name, address in peer_addresses(settings).items()]
    state = _state(own)
    roles, board = Roles(state, regions), Board(state)
    stopping = threading.Event()
    peers = tuple(
        RegionPeer(
            Ways(
                own,
                site,
                state,
                _state(site),
                clock,
                asks_first=regions.kind is Replication.MULTI_MASTER,
                stopped=stopping.is_set,
            ),
            Roles(_state(site), regions),
        )
        for site in sites
    )
    told = Told(board, metrics.measure)
    followings = tuple(
        Following(regions, roles, peer, told, clock, interval=settings.repair_interval)
        for peer in peers
    )

    def health() -> Health:
        troubles = [f"{it.name}: {it.trouble}" for it in followings if it.trouble]
        found = own.indices.health()
        return Health(found.is_ready and not troubles, "; ".join([found.detail, *troubles]))

    return ReplicationSystem(
        regions=regions,
        own=own,
        peers=peers,
        followings=followings,
        promotion=Promotion(regions, roles, board, peers),
        reports=RegionReports(regions, state, clock),
        sites=tuple(sites),
        stopping=stopping,
        site=build_metrics_site(metrics.text, health),
    )


def _site(
    settings: Settings,
    metrics: ReplicationMetrics,
    clock: Clock,
    region: str,
    address: ClusterAddress,
) -> Site:
    client = connect(address)
    indices = create_indices(settings, client)
    dead_letters = DeadLetters(client, settings.index_prefix, indices, clock)
    shipper = create_shipper(
        client, indices, dead_letters, metrics.shipping, settings.wait_for_active_shards
    )
    return Site(region, client, RawReader(address), settings.index_prefix, indices, shipper)


def _state(site: Site) -> ElasticsearchStateStore:
    return ElasticsearchStateStore(site.client, site.prefix, site.indices)
