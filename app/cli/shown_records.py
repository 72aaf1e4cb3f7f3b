"""Which records were shown already, for as long as they may be met again."""

import heapq


class ShownRecords:
    """Known by time and id: an id may come again in another period, as another record."""

    def __init__(self) -> None:
        self._known: set[tuple[int, str]] = set()
        # The same as a heap, the oldest first.
        self._by_age: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._known)

    def add(self, instant: int, id: str) -> bool:
        """Remember a record; False if it was known."""
        record = (instant, id)
        if record in self._known:
            return False
        self._known.add(record)
        heapq.heappush(self._by_age, record)
        return True

    def forget_before(self, instant: int) -> None:
        """Forget all that are older than ``instant``."""
        while self._by_age and self._by_age[0][0] < instant:
            self._known.remove(heapq.heappop(self._by_age))
