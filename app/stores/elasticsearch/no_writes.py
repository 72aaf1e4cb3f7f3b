"""The write side of a store that is only asked."""

from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import Appended
from app.stores.elasticsearch.batch import Batch


class NoWrites:
    """An ``ActionWriter`` that takes nothing."""

    def write(self, batch: Batch, ack: Acknowledge, then: Appended) -> None:
        """Nothing of it is taken."""
        then([Outcome.failed("this cluster is only read from here", id=own) for own in batch.ids])

    def trouble(self) -> str:
        """Nothing that would hinder reading."""
        return ""

    def close(self) -> None:
        """There is nothing to finish."""
