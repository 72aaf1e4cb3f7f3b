"""Messages of many records, and nothing else of them: what is read to be counted, not to be shown."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.domain.filters import Filter
from app.domain.levels import LogLevel

#: Characters of a message that are read; what comes behind does not make another pattern.
MESSAGE_CHARACTERS = 1_000


class Message(NamedTuple):
    """What is read of a record.

    Attributes:
        instant: nanoseconds since the epoch.
        text: the beginning of its message.
    """

    id: str
    instant: int
    level: LogLevel
    text: str


@dataclass(frozen=True)
class MessagePage:
    """Some messages, and how many records match in all."""

    total: int
    messages: Sequence[Message]


class Messages(Protocol):
    """Reads the messages of the records that a filter asks for, a page at a time."""

    def read(self, filter: Filter, most: int) -> Generator[MessagePage, None, None]:
        """Pages of at most ``most`` messages together; at least one page, which may be empty.

        What comes first is, as far as the store can, a sample that is spread over all of them, and the
        order is the same for the same records. Close the generator if it is not read to its end.

        Raises:
            OutOfTimeError: the next page took too long; those before it hold.
            StoreUnavailableError: the store is away.
        """
        ...
