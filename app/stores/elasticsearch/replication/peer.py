"""A peer's cluster as a source of records (see ``services.replication.following.Peer``)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from app.domain.ports import Clock, StateStore
from app.domain.regions import Lag
from app.domain.sharding import Partition
from app.stores.elasticsearch.replication.agreed import Agreed
from app.stores.elasticsearch.replication.copier import Copier
from app.stores.elasticsearch.replication.delivery import Delivery
from app.stores.elasticsearch.replication.positions import Positions
from app.stores.elasticsearch.replication.repair import Repair
from app.stores.elasticsearch.replication.site import Site

#: Seconds for which a round waits for what it has handed over.
_WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class Ways:
    """Copying between this region and one peer.

    Args:
        state, peer_state: of the own cluster, and of the peer's.
        asks_first: see ``Copier``.
        stopped: whether to give up.
    """

    own: Site
    peer: Site
    state: StateStore
    peer_state: StateStore
    clock: Clock
    asks_first: bool
    stopped: Callable[[], bool]


class PeerCluster:
    """Copies from ``ways.peer`` to ``ways.own``, and, comparing, the other way round; for one thread."""

    def __init__(self, ways: Ways) -> None:
        own, peer = ways.own, ways.peer
        self._ways = ways
        self.name = peer.region
        self._clock = ways.clock
        self._delivery = Delivery(own)
        positions = Positions(ways.state, peer.region)
        self._copier = Copier(
            peer, own, positions, self._delivery, ways.clock, asks_first=ways.asks_first
        )
        self._here = Repair(
            peer,
            own,
            self._delivery,
            Agreed(ways.state, f"from-{peer.region}"),
            ways.clock,
            ways.stopped,
        )
        self._there = Repair(
            own,
            peer,
            Delivery(peer),
            Agreed(ways.state, f"to-{peer.region}"),
            ways.clock,
            ways.stopped,
            new_here=self._never_copied,
        )

    @property
    def copied(self) -> int:
        """Records stored here by ``pull``."""
        return self._copier.progress.copied

    def pull(self) -> bool:
        """One round of copying; True if there is more at once.

        Raises:
            StoreUnavailableError: the peer or the own cluster cannot be asked now.
        """
        has_more = self._copier.round()
        if self._copier.is_waiting:
            self._delivery.wait(_WAIT_SECONDS)
        return has_more

    def lag(self) -> Lag:
        """What is missing here; asks nobody."""
        return self._copier.progress.lag(self._clock())

    def compare(self, *, both_ways: bool, with_open: bool) -> int:
        """Copy what comparing finds missing here, and there too if asked to; how many records.

        Raises:
            StoreUnavailableError: a side cannot be asked now.
        """
        copied = self._here.run(with_open=with_open).copied
        if both_ways:
            copied += self._there.run(with_open=with_open).copied
        return copied

    def _never_copied(self, lacking: Collection[Partition]) -> Collection[Partition]:
        """Those of ``lacking`` of which the peer, when it was the follower, has copied nothing."""
        theirs = Positions(self._ways.peer_state, self._ways.own.region)
        begun = {
            index.partition
            for index in self._ways.own.source_indices()
            if index.partition in lacking and theirs.has_begun(index)
        }
        return [partition for partition in lacking if partition not in begun]
