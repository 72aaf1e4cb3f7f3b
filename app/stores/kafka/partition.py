"""One partition, for as long as it is ours: the log that its groups are finished in."""

import threading
from collections.abc import Sequence

from app.stores.elasticsearch.batch import Batch
from app.stores.elasticsearch.group import Group
from app.stores.kafka.budget import Budget
from app.stores.kafka.offsets import Offsets


class Partition:
    """What was read of a partition since it was assigned; a ``Log`` to its groups.

    When it is taken away and comes back, another object stands for it: what the shipper finishes late of
    the first one moves no offset of the second. Safe for use from several threads.
    """

    def __init__(self, number: int, budget: Budget) -> None:
        self.number = number
        self._budget = budget
        self._offsets = Offsets()
        self._sizes: dict[int, int] = {}
        self._lock = threading.Lock()
        #: The offset of the last commit that was asked for.
        self.committed: int | None = None

    def take(self, offset: int, size: int) -> None:
        """The message at ``offset`` was read; it holds ``size`` bytes until it is finished."""
        self._budget.spend(size)
        with self._lock:
            self._offsets.read(offset)
            self._sizes[offset] = size

    def finish(self, lsns: Sequence[int]) -> None:
        """The messages at these offsets are settled."""
        with self._lock:
            self._offsets.settle(lsns)
            size = sum([self._sizes.pop(offset) for offset in lsns])
        self._budget.give_back(size)

    def read(self, lsn: int) -> bytes:
        """See ``Log``; a ``QueuedGroup`` never asks.

        Raises:
            LookupError: always.
        """
        raise LookupError(f"offset {lsn} is in Kafka only")

    def committable(self) -> int | None:
        """The offset to commit; None if it was committed before, or nothing is settled."""
        with self._lock:
            offset = self._offsets.committable()
        return None if offset == self.committed else offset


class QueuedGroup(Group):
    """The actions of one message."""

    def __init__(self, partition: Partition, offset: int, batch: Batch) -> None:
        super().__init__(partition, offset, batch)

    def unload(self) -> None:
        """Keep them: no single message can be read again. What waits is bounded by the ``Budget``."""
