"""Making this region the master."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.errors import LogfeedError, StoreUnavailableError
from app.domain.regions import PeerStatus, Regions, Replication, Role
from app.services.replication.board import Board
from app.services.replication.following import Peer
from app.services.replication.roles import Roles


class PromotionError(LogfeedError):
    """This region cannot be promoted; the text says why."""


@dataclass(frozen=True)
class Prospect:
    """What a promotion would mean now.

    Attributes:
        role: that holds now.
        missing: records of the master that are not here; as of ``last`` where it cannot be asked.
        last: what was last noted of the master; None where it answered now.
        trouble: why it cannot be asked.
    """

    role: Role
    missing: int = 0
    last: PeerStatus | None = None
    trouble: str = ""

    @property
    def is_safe(self) -> bool:
        """Whether everything that the master has acknowledged is here."""
        return self.last is None and not self.missing


class Promotion:
    """Looks before, and does it."""

    def __init__(self, regions: Regions, roles: Roles, board: Board, peers: Sequence[Peer]) -> None:
        self._regions = regions
        self._roles = roles
        self._board = board
        self._peers = {peer.name: peer for peer in peers}

    def look(self) -> Prospect:
        """What a promotion would mean now; changes nothing but what it copies on the way.

        Raises:
            PromotionError: there is no master by the settings, or this region is it.
            StoreUnavailableError: the own cluster is away.
        """
        if self._regions.kind is not Replication.MASTER_SLAVE:
            raise PromotionError(
                "only with LOGFEED_REPLICATION=master_slave is there a master to be promoted; now it is "
                f"{self._regions.kind}"
            )
        role = self._roles.read()
        if role.master == self._regions.own:
            raise PromotionError(f"{role.master} is the master already, in term {role.term}")
        peer = self._peers.get(role.master)
        if peer is None:
            raise PromotionError(f"the master is {role.master}, which LOGFEED_PEERS does not name")
        try:
            while peer.pull():
                pass
        except LogfeedError as error:
            last = self._board.read(peer.name)
            return Prospect(role, last.lag.records, last, str(error))
        return Prospect(role, peer.lag().records)

    def promote(self, over: Role) -> Role:
        """Make this region the master of the next term, and tell all peers that can be reached.

        Raises:
            PromotionError: meanwhile another region was promoted.
            StoreUnavailableError: the own cluster is away.
        """
        wanted = Role(over.term + 1, self._regions.own)
        if self._roles.adopt(wanted) != wanted:
            raise PromotionError("another region was promoted meanwhile; look at the status again")
        for peer in self._peers.values():
            try:
                peer.roles.adopt(wanted)
            except StoreUnavailableError:
                continue  # it hears of it when it is back
        return wanted
