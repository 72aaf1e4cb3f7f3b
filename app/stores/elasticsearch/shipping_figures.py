"""What the shipper tells of its work."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.outcomes import Status


class ShippingObserver(Protocol):
    """Counts what is shipped; must be quick and must not raise.

    What was logged is at all times what was settled and what is pending, together.
    """

    def logged(self, records: int) -> None:
        """So many records are to be shipped."""
        ...

    def settled(self, status: Status, records: int) -> None:
        """So many of them are done: created, duplicate, rejected and buried, or lost by the log."""
        ...


class NoObserver:
    """Counts nothing."""

    def logged(self, records: int) -> None:
        """Nothing."""

    def settled(self, status: Status, records: int) -> None:
        """Nothing."""


@dataclass(frozen=True)
class ShipperStatistics:
    """Where records are.

    Attributes:
        waiting: groups that are not yet in flight, those that wait for a blocked index included.
        retried: records that were sent again, for any reason.
        buried: records that went to the dead letters.
        is_away: the last request found no Elasticsearch.
    """

    waiting: int
    retried: int
    buried: int
    is_away: bool
