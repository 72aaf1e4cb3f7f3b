"""Ids that count, from numbers that are reserved in blocks."""

import threading
from collections import deque
from collections.abc import Callable

from app.domain.errors import StoreUnavailableError
from app.domain.reserving import AtOnce, Reserving, Work

#: Numbers that are reserved at a time: at first as many as the largest usual batch needs, and at most.
_FIRST_BLOCK, _LARGEST_BLOCK = 10_000, 1_000_000


class SequentialIDGenerator:
    """Ids ``1``, ``2``, ``3`` and so on, taken from reserved blocks.

    The next block is reserved when less than one is left, so that ids can be made for a while where
    none can be reserved. Blocks become larger where they are used up faster than they come.

    Args:
        reserve: reserves so many numbers in a row, each once over all processes, and returns the first.
        reserving: how that is done; ids are made without waiting for it.
    """

    def __init__(
        self,
        reserve: Callable[[int], int],
        block: int = _FIRST_BLOCK,
        reserving: Callable[[Work], Reserving] = AtOnce,
    ) -> None:
        self._reserve = reserve
        self._block = block
        self._reserving = reserving(self._keep_stock)
        # Never held while numbers are being reserved.
        self._lock = threading.Lock()
        self._stock: deque[range] = deque()
        self._left = 0

    def prepare(self) -> None:
        """Reserve the first block."""
        self._reserving.begin()

    def trouble(self) -> str:
        """Why there are no numbers left."""
        is_waiting = self._reserving.is_beginning or self._reserving.failure is not None
        return self._reason() if is_waiting and not self._left else ""

    def next_id(self) -> str:
        """The next number."""
        return self.next_ids(1)[0]

    def next_ids(self, count: int) -> list[str]:
        """The next ``count`` numbers.

        Raises:
            StoreUnavailableError: so many are not reserved now.
        """
        # A batch larger than any before: once the numbers for one are there, it can be sent again.
        self._block = max(self._block, count)
        if self._left - count < self._block:
            self._reserving.ask()
        while not (made := self._take(count)):
            # Also where it is done at once, others may have been faster to take them.
            if not self._reserving.ask():
                raise StoreUnavailableError(self._reason())
        return made

    def close(self) -> None:
        """Nothing to give back: what is left of the blocks stays unused."""
        self._reserving.close(lambda: None)

    def _take(self, count: int) -> list[str]:
        """The next ``count`` numbers; none if so many are not there."""
        made: list[str] = []
        with self._lock:
            if count > self._left:
                return made
            self._left -= count
            while len(made) < count:
                block = self._stock.popleft()
                taken = count - len(made)
                made += map(str, block[:taken])
                if rest := block[taken:]:
                    self._stock.appendleft(rest)
        return made

    def _keep_stock(self) -> None:
        """Reserve blocks until more than one is left."""
        while (before := self._left) < self._block:
            size = self._block
            first = self._reserve(size)
            with self._lock:
                if self._left < before // 2:
                    self._block = max(self._block, min(size * 2, _LARGEST_BLOCK))
                self._stock.append(range(first, first + size))
                self._left += size

    def _reason(self) -> str:
        why = self._reserving.failure or "the next numbers are being reserved"
        return f"no sequential id can be made now: {why}"
