"""Up to where a partition is settled: what may be committed. No threads, no Kafka."""

from collections import deque
from collections.abc import Iterable


class Offsets:
    """Messages that were read in order and are settled in any order.

    A commit says that everything before an offset is done, so it goes no further than the first
    message that is not settled.
    """

    def __init__(self) -> None:
        self._unsettled: deque[int] = deque()
        self._settled: set[int] = set()
        self._next: int | None = None

    def __len__(self) -> int:
        """How many messages are read and not settled, or settled behind one that is not."""
        return len(self._unsettled)

    def read(self, offset: int) -> None:
        """A message was read, with an offset greater than all before it."""
        self._unsettled.append(offset)

    def settle(self, offsets: Iterable[int]) -> None:
        """These messages are done with."""
        self._settled.update(offsets)
        while self._unsettled and self._unsettled[0] in self._settled:
            offset = self._unsettled.popleft()
            self._settled.remove(offset)
            self._next = offset + 1

    def committable(self) -> int | None:
        """The offset to go on from after a restart; None before the first message is settled."""
        return self._next
