"""How copies of a store are kept in step."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.entry import LogEntry
from app.domain.outcomes import Outcome
from app.domain.ports import DatabaseInterface


class ReplicationStrategy(Protocol):
    """Decides which copy takes a write, how it reaches the others, and which copy is read."""

    def write(self, entries: Sequence[LogEntry], stream: str) -> list[Outcome]:
        """Store ``entries``; the outcomes are those of the copy that took them."""
        ...

    def reader(self) -> DatabaseInterface:
        """A healthy copy to read from.

        Raises:
            StoreUnavailableError: there is none.
        """
        ...

    def synchronise(self) -> int:
        """Bring every healthy copy up to date; how many records were copied."""
        ...

    @property
    def copies(self) -> Sequence[DatabaseInterface]:
        """All copies."""
        ...
