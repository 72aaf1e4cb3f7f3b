"""The two forms of ``append`` made from each other: with and without waiting."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future

from app.domain.entry import LogEntry
from app.domain.errors import OverloadedError
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, Appended, DatabaseInterface


def appended(
    store: DatabaseInterface, entries: Sequence[LogEntry], stream: str, ack: Acknowledge
) -> list[Outcome]:
    """``append`` of a store that has ``append_then``: waits for what that tells.

    Raises:
        OverloadedError: nothing was taken.
    """
    told: Future[list[Outcome] | OverloadedError] = Future()
    store.append_then(entries, stream, ack, told.set_result)
    result = told.result()
    if isinstance(result, OverloadedError):
        raise result
    return result


class AppendsAtOnce(ABC):
    """``append_then`` of a store whose ``append`` takes no time worth saving."""

    @abstractmethod
    def append(
        self,
        entries: Sequence[LogEntry],
        stream: str = DEFAULT_STREAM,
        ack: Acknowledge = Acknowledge.STORED,
    ) -> list[Outcome]:
        """See ``DatabaseInterface``."""

    def append_then(
        self, entries: Sequence[LogEntry], stream: str, ack: Acknowledge, then: Appended
    ) -> None:
        """``append``, and tell ``then``."""
        try:
            outcomes: list[Outcome] | OverloadedError = self.append(entries, stream, ack)
        except OverloadedError as error:
            outcomes = error
        then(outcomes)
