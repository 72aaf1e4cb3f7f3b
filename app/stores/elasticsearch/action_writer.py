"""What stands between the store and Elasticsearch: the place where ready bulk actions are made safe."""

from typing import Protocol

from app.domain.outcomes import Acknowledge
from app.domain.ports import Appended
from app.stores.elasticsearch.batch import Batch


class ActionWriter(Protocol):
    """Makes actions safe, and sees to it that they are stored. Safe for use from several threads.

    ``WritePath`` writes them to the log of this process and ships them; ``KafkaWriter`` hands them to
    Kafka, from where ``logfeed consume`` ships them.
    """

    def write(self, batch: Batch, ack: Acknowledge, then: Appended) -> None:
        """Make ``batch`` safe; ``then`` is told once, when it is safe or stored, as ``ack`` says.

        It is told by any thread, or at once, and must be quick.
        """
        ...

    def trouble(self) -> str:
        """Why nothing can be made safe now, in a sentence; empty if nothing is known against it."""
        ...

    def close(self) -> None:
        """Finish what can be finished in a few seconds."""
        ...
