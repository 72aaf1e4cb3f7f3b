"""Node numbers for snowflake ids, leased from the state that all processes share.

A number belongs to one process for the length of its lease. It is given out again after it was
released, from the millisecond after the last one used, or well after the lease ran out: a process that
was paused and wakes up sees by its own clock that the lease is over and takes a new one.
"""

import secrets

from app.domain.errors import StoreUnavailableError
from app.domain.ids import NODE_COUNT, NodeLease
from app.domain.instants import NANOS_PER_MILLISECOND
from app.domain.ports import Clock, StateStore

_HOUR_MS = 3_600_000
#: Length of a lease.
LEASE_MS = 24 * _HOUR_MS
#: Clocks of different machines may differ by this much before two could hold one number.
MARGIN_MS = _HOUR_MS
_ATTEMPTS = 64


class LeasedNodeNumbers:
    """Leases node numbers by compare-and-set on one document a number."""

    def __init__(self, state: StateStore, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def lease(self) -> NodeLease:
        """A free number, found at random.

        Raises:
            StoreUnavailableError: the state is away, or no number was free in 64 tries.
        """
        for _ in range(_ATTEMPTS):
            lease = self._claim(secrets.randbelow(NODE_COUNT))
            if lease is not None:
                return lease
        raise StoreUnavailableError(
            "no node number for ids is free: set LOGFEED_NODE_NUMBER, or wait for old leases to end"
        )

    def renew(self, lease: NodeLease) -> NodeLease | None:
        """The same number for another full length; None if the state is away or it was lost."""
        renewed = NodeLease(lease.number, lease.first_ms, self._now_ms() + LEASE_MS)
        try:
            there = self._state.read(_key(lease.number))
            if there is None or there.body.get("end_ms") != lease.end_ms:
                return None
            body = _body(renewed.end_ms, None)
            is_ours = self._state.replace(_key(lease.number), body, there.version)
        except StoreUnavailableError:
            return None
        return renewed if is_ours else None

    def release(self, lease: NodeLease, last_ms: int) -> None:
        """Give the number back; if the state is away, the end of the lease does it."""
        try:
            there = self._state.read(_key(lease.number))
            if there is not None and there.body.get("end_ms") == lease.end_ms:
                body = _body(lease.end_ms, last_ms)
                self._state.replace(_key(lease.number), body, there.version)
        except StoreUnavailableError:
            return

    def _claim(self, number: int) -> NodeLease | None:
        # Read first: where the state hangs, nothing is claimed that nobody will hear of.
        there = self._state.read(_key(number))
        now = self._now_ms()
        if there is None:
            lease = NodeLease(number, 0, now + LEASE_MS)
            is_ours = self._state.create(_key(number), _body(lease.end_ms, None))
            return lease if is_ours else None
        end_ms, released_ms = there.body.get("end_ms"), there.body.get("released_ms")
        if isinstance(released_ms, int):
            first_ms = released_ms + 1
        elif isinstance(end_ms, int) and end_ms + MARGIN_MS < now:
            first_ms = end_ms
        else:
            return None
        lease = NodeLease(number, first_ms, max(now, first_ms) + LEASE_MS)
        is_ours = self._state.replace(_key(number), _body(lease.end_ms, None), there.version)
        return lease if is_ours else None

    def _now_ms(self) -> int:
        return self._clock() // NANOS_PER_MILLISECOND


def _key(number: int) -> str:
    return f"node-number-{number}"


def _body(end_ms: int, released_ms: int | None) -> dict[str, str | int | float | bool | None]:
    return {"end_ms": end_ms, "released_ms": released_ms}
