"""One batch on its way to Kafka, in several messages."""

import threading
from collections.abc import Callable, Sequence

from app.domain.outcomes import Outcome


class WaitingBatch:
    """Gathers what becomes of each message, and tells ``settled`` once, when all is known.

    Args:
        ids: of the records, in order.
        messages: how many there are.
        settled: is told an outcome for each record; must be quick.
    """

    def __init__(
        self, ids: Sequence[str], messages: int, settled: Callable[[list[Outcome]], None]
    ) -> None:
        # What has no other outcome in the end was taken.
        self._outcomes = [Outcome.accepted(name) for name in ids]
        self._left = messages
        self._settled = settled
        # One message may fail in the thread that writes while another is delivered already.
        self._lock = threading.Lock()

    def accept(self) -> None:
        """Kafka has the records of one more message."""
        self._count()

    def refuse(self, positions: Sequence[int], outcome: Callable[[str], Outcome]) -> None:
        """Kafka does not take those of this one; ``outcome`` makes it for an id."""
        for at in positions:
            self._outcomes[at] = outcome(self._outcomes[at].id or "")
        self._count()

    def _count(self) -> None:
        with self._lock:
            self._left -= 1
            is_last = not self._left
        if is_last:
            self._settled(self._outcomes)
