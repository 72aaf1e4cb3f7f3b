"""What ``logfeed replicate`` does with one peer, again and again."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

import structlog

from app.domain.errors import LogfeedError
from app.domain.ports import Clock
from app.domain.regions import Lag, PeerStatus, Regions, Replication, Role
from app.services.replication.board import Board
from app.services.replication.comparing import Comparing
from app.services.replication.roles import Roles

_log = structlog.get_logger(__name__)

#: Seconds between two looks at a peer that has nothing new.
_POLL_SECONDS = 0.5
#: Seconds between two notes on the board.
_NOTE_SECONDS = 1.0


class Peer(Protocol):
    """A peer as a source of records. Every method raises ``LogfeedError`` while it cannot go on."""

    @property
    def name(self) -> str:
        """The region."""
        ...

    @property
    def roles(self) -> Roles:
        """The role that the peer knows of."""
        ...

    @property
    def copied(self) -> int:
        """Records stored here by ``pull``."""
        ...

    def pull(self) -> bool:
        """Copy some of what the peer has taken; True if there is more at once."""
        ...

    def lag(self) -> Lag:
        """What is missing here; asks nobody."""
        ...

    def compare(self, *, both_ways: bool, with_open: bool) -> int:
        """Copy what comparing finds missing here, and there too if asked to; how many records."""
        ...


@dataclass(frozen=True)
class Told:
    """Whom a ``Following`` tells how it goes: the board, and the metrics of this process."""

    board: Board
    measure: Callable[[PeerStatus], None]


class Following:
    """Replication from one peer; ``run`` and ``comparing.run`` are for threads of their own.

    Args:
        roles: of the own region.
        interval: seconds between two comparisons.
    """

    def __init__(
        self,
        regions: Regions,
        roles: Roles,
        peer: Peer,
        told: Told,
        clock: Clock,
        *,
        interval: float,
    ) -> None:
        self._regions = regions
        self._roles = roles
        self._peer = peer
        self._told = told
        self._clock = clock
        self._role: Role | None = None
        self._note_at = 0.0
        self._trouble = ""
        # Who follows sees to both directions: the master asks nobody. It may have been the master before
        # it was stopped, and have more than the others, in the hours that are open, too.
        follows = regions.kind is Replication.MASTER_SLAVE
        self.comparing = Comparing(
            lambda with_open: peer.compare(both_ways=follows, with_open=with_open),
            clock,
            interval=interval,
            starts_with_open=follows,
        )

    @property
    def name(self) -> str:
        """The region that the records come from."""
        return self._peer.name

    @property
    def trouble(self) -> str:
        """Why it does not go on; empty if it does."""
        return self._trouble

    def run(self, stopping: threading.Event) -> None:
        """Go on until ``stopping``."""
        while not stopping.is_set():
            if not self.step():
                stopping.wait(_POLL_SECONDS)

    def step(self) -> bool:
        """One look at the peer; True if there is more to do at once."""
        is_pulled, has_more, trouble = True, False, ""
        try:
            is_pulled = self._is_pulled()
            self.comparing.is_wanted = is_pulled
            if is_pulled:
                has_more = self._peer.pull()
        except LogfeedError as error:
            trouble = str(error)
        except Exception as error:  # noqa: BLE001 - told, and tried again
            _log.exception("replication_failed", peer=self._peer.name)
            trouble = (
                f"an unexpected error, {type(error).__name__}; the log of the process has more"
            )
        if trouble != self._trouble:
            _log.warning("replication_trouble" if trouble else "replication_goes_on",
                         peer=self._peer.name, reason=trouble)  # fmt: skip
            self._trouble = trouble
        self._tell(is_pulled=is_pulled)
        return has_more

    def _is_pulled(self) -> bool:
        """Whether this region copies from the peer; learns of a new master on the way."""
        if self._regions.kind is Replication.MULTI_MASTER:
            return True
        own = self._roles.read()
        theirs = self._peer.roles.read()
        role = self._roles.adopt(theirs) if theirs > own else own
        if own > theirs:
            # A peer that was away when this region, or a third one, was promoted.
            self._peer.roles.adopt(own)
        if self._role is not None and role != self._role:
            _log.warning("master_changed", master=role.master, term=role.term)
            self.comparing.soon()
        self._role = role
        return role.master == self._peer.name

    def _tell(self, *, is_pulled: bool) -> None:
        status = PeerStatus(
            self._peer.name,
            noted_at=self._clock(),
            is_pulled=is_pulled,
            lag=self._peer.lag() if is_pulled else Lag(),
            trouble=self._trouble,
            copied=self._peer.copied,
            repaired=self.comparing.repaired,
            repaired_at=self.comparing.repaired_at,
        )
        self._told.measure(status)
        if monotonic() < self._note_at:
            return
        self._note_at = monotonic() + _NOTE_SECONDS
        try:
            self._told.board.note(status)
        except LogfeedError as error:
            _log.info("status_not_noted", reason=str(error))
