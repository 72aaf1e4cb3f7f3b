"""Where ``logfeed replicate`` notes how it goes, for those who ask the API or the command line."""

from app.domain.instants import NANOS_PER_SECOND
from app.domain.metadata import JsonScalar
from app.domain.ports import Clock, StateStore
from app.domain.regions import Lag, PeerStatus, Regions, Replication, ReplicationReport
from app.services.replication.roles import Roles

#: After so much silence, nanoseconds, the process is taken not to run.
_SILENCE = 30 * NANOS_PER_SECOND


class Board:
    """One small document a peer, in the own cluster."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def note(self, status: PeerStatus) -> None:
        """Write how it goes with one peer.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        body: dict[str, JsonScalar] = {
            "noted_at": status.noted_at,
            "is_pulled": status.is_pulled,
            "records": status.lag.records,
            "seconds": status.lag.seconds,
            "trouble": status.trouble,
            "copied": status.copied,
            "repaired": status.repaired,
            "repaired_at": status.repaired_at,
        }
        there = self._state.read(_key(status.peer))
        # Whoever was faster has noted something as new.
        if there is None:
            self._state.create(_key(status.peer), body)
        else:
            self._state.replace(_key(status.peer), body, there.version)

    def read(self, peer: str) -> PeerStatus:
        """What was noted last.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        there = self._state.read(_key(peer))
        if there is None:
            return PeerStatus(peer)
        body = there.body
        return PeerStatus(
            peer,
            noted_at=_number(body["noted_at"]),
            is_pulled=bool(body["is_pulled"]),
            lag=Lag(_number(body["records"]), float(body["seconds"] or 0)),
            trouble=str(body["trouble"]),
            copied=_number(body["copied"]),
            repaired=_number(body["repaired"]),
            repaired_at=_number(body["repaired_at"]),
        )


class RegionReports:
    """What ``GET /api/v1/replication`` and ``logfeed replication status`` show."""

    def __init__(self, regions: Regions, state: StateStore, clock: Clock) -> None:
        self._regions = regions
        self._roles = Roles(state, regions)
        self._board = Board(state)
        self._clock = clock

    def report(self) -> ReplicationReport:
        """How replication goes in this region.

        Raises:
            StoreUnavailableError: the own cluster is away.
        """
        regions = self._regions
        if regions.kind is Replication.OFF:
            return ReplicationReport(regions.kind, regions.own)
        role = self._roles.read() if regions.kind is Replication.MASTER_SLAVE else None
        peers = tuple(self._heard(self._board.read(peer)) for peer in sorted(regions.peers))
        return ReplicationReport(regions.kind, regions.own, role, peers)

    def _heard(self, status: PeerStatus) -> PeerStatus:
        if self._clock() - status.noted_at < _SILENCE:
            return status
        silence = "nothing was heard of `logfeed replicate` for 30 seconds: start it in this region"
        return PeerStatus(**(vars(status) | {"trouble": silence}))


def _key(peer: str) -> str:
    return f"replication-status-{peer}"


def _number(value: JsonScalar) -> int:
    return int(value or 0)
