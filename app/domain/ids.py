"""Ids for records that bring none. All are unique, those of a kind rise; all are safe for threads."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.domain.instants import NANOS_PER_MILLISECOND
from app.domain.ports import Clock
from app.domain.reserving import AtOnce, Reserving, Work

#: Node numbers that a snowflake id can carry.
NODE_COUNT = 1_024
_SEQUENCE_COUNT = 4_096


@dataclass(frozen=True)
class NodeLease:
    """The right to make ids with one node number.

    Attributes:
        number: 0 to 1023, nobody else's while the lease runs.
        first_ms: the first millisecond that this holder may use (a former holder used those before).
        end_ms: the first millisecond that it may not use any more.
    """

    number: int
    first_ms: int
    end_ms: int


class NodeNumbers(Protocol):
    """Where node numbers are leased."""

    def lease(self) -> NodeLease:
        """A number that no other process, on any machine, holds.

        Raises:
            StoreUnavailableError: it cannot be known now.
        """
        ...

    def renew(self, lease: NodeLease) -> NodeLease | None:
        """A longer lease of the same number, None if it cannot be had."""
        ...

    def release(self, lease: NodeLease, last_ms: int) -> None:
        """Give the number back; ``last_ms`` is the last millisecond used with it."""
        ...


class SnowflakeIDGenerator:
    """Ids such as ``1704110400000-1-123``: milliseconds, node number, sequence.

    The time in the id never goes back: while the clock is behind the last id (it was set back, or a
    millisecond's 4,096 ids ran out), counting goes on from the last id.

    While no node number is leased, the ids are UUIDs as of ``UUIDGenerator``.

    Args:
        region: stands before the node number, ``1704110400000-eu.1-123``: each region's cluster leases
            the numbers by itself, so that two regions may hold the same one. Empty for one alone.
        reserving: how numbers are leased; ids are made without waiting for it.
    """

    def __init__(
        self,
        nodes: NodeNumbers,
        clock: Clock,
        region: str = "",
        reserving: Callable[[Work], Reserving] = AtOnce,
    ) -> None:
        self._nodes = nodes
        self._region = f"{region}." if region else ""
        self._clock = clock
        self._meanwhile = UUIDGenerator(clock)
        self._reserving = reserving(self._keep_lease)
        # Never held during calls to `nodes`.
        self._lock = threading.Lock()
        self._lease: NodeLease | None = None
        self._renew_ms = 0
        self._last_ms = -1
        self._sequence = -1

    def prepare(self) -> None:
        """Lease a node number."""
        self._reserving.begin()

    def trouble(self) -> str:
        """Something while the first number is being leased; later there are UUIDs, if need be."""
        return "a node number for ids is being leased" if self._reserving.is_beginning else ""

    def next_id(self) -> str:
        """A new id."""
        return self.next_ids(1)[0]

    def next_ids(self, count: int) -> list[str]:
        """``count`` new ids."""
        made: list[str] = []
        if self._moment() >= self._renew_ms:
            self._reserving.ask()
        with self._lock:
            while len(made) < count and (lease := self._valid_lease()) is not None:
                made += self._in_a_row(lease, count - len(made))
        if len(made) < count:
            made += self._meanwhile.next_ids(count - len(made))
        return made

    def close(self) -> None:
        """Give the node number back."""
        self._reserving.close(self._give_back)

    def _moment(self) -> int:
        return max(self._clock() // NANOS_PER_MILLISECOND, self._last_ms)

    def _valid_lease(self) -> NodeLease | None:
        lease = self._lease
        # The end is kept one millisecond away, for the step that an exhausted sequence takes.
        return None if lease is None or self._moment() + 1 >= lease.end_ms else lease

    def _in_a_row(self, lease: NodeLease, most: int) -> list[str]:
        """At least one new id, at most ``most``, all of one millisecond."""
        moment = max(self._moment(), lease.first_ms)
        if moment > self._last_ms:
            self._last_ms, first = moment, 0
        elif self._sequence + 1 < _SEQUENCE_COUNT:
            first = self._sequence + 1
        else:
            self._last_ms, first = moment + 1, 0
        self._sequence = min(first + most, _SEQUENCE_COUNT) - 1
        start = f"{self._last_ms}-{self._region}{lease.number}-"
        return [f"{start}{number}" for number in range(first, self._sequence + 1)]

    def _keep_lease(self) -> float:
        """Lease a number, or renew the lease, if it is time; the seconds until it is time again."""
        with self._lock:
            lease = self._valid_lease()
        if lease is None:
            self._hold(self._nodes.lease())
        elif self._moment() >= self._renew_ms:
            self._hold(self._nodes.renew(lease) or lease)
        return max((self._renew_ms - self._moment()) / 1_000, 1.0)

    def _hold(self, lease: NodeLease) -> None:
        with self._lock:
            moment = self._moment()
            self._lease = lease
            # Halfway to its end, or, if that could not be had, again after the half of what is left.
            self._renew_ms = moment + max((lease.end_ms - moment) // 2, 1)

    def _give_back(self) -> None:
        with self._lock:
            lease, self._lease, self._renew_ms = self._lease, None, 0
        if lease is not None:
            # One that was not used goes back as it came.
            self._nodes.release(lease, max(self._last_ms, lease.first_ms - 1))


class FixedNodeNumber:
    """A node number that the operator has set and vouches for."""

    def __init__(self, number: int) -> None:
        self._lease = NodeLease(number, 0, 2**62)

    def lease(self) -> NodeLease:
        """The number, without end."""
        return self._lease

    def renew(self, lease: NodeLease) -> NodeLease:
        """The same lease: it has no end."""
        return lease

    def release(self, lease: NodeLease, last_ms: int) -> None:
        """Nothing to give back."""


class UUIDGenerator:
    """UUIDs of version 7 (RFC 9562, 5.7).

    The 74 bits after the time start at random in each millisecond and rise by a random step within
    it (RFC 9562, 6.2, method 2), so that ids of one process rise.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_ms = -1
        self._tail = 0

    def prepare(self) -> None:
        """Nothing to reserve."""

    def trouble(self) -> str:
        """Never any."""
        return ""

    def next_id(self) -> str:
        """A new UUID, in the usual text form."""
        return self.next_ids(1)[0]

    def next_ids(self, count: int) -> list[str]:
        """``count`` new UUIDs."""
        with self._lock:
            now = self._clock() // NANOS_PER_MILLISECOND
            return [self._next(now) for _ in range(count)]

    def _next(self, now: int) -> str:
        if now > self._last_ms:
            self._last_ms, self._tail = now, secrets.randbits(73)
        else:
            self._tail += 1 + secrets.randbits(32)
            if self._tail >= 2**74:
                self._last_ms, self._tail = self._last_ms + 1, secrets.randbits(73)
        high, low = divmod(self._tail, 2**62)
        value = self._last_ms << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low
        return str(UUID(int=value))

    def close(self) -> None:
        """Nothing to give back."""
