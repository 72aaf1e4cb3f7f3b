"""Messages read by plain searches: for stores in memory, whose records are few."""

from collections.abc import Callable, Generator

from app.domain.filters import Filter
from app.domain.messages import MESSAGE_CHARACTERS, Message, MessagePage
from app.domain.query import MAX_LIMIT, RESULT_WINDOW, Page, Query


class SearchedMessages:
    """``Messages`` over the search of any store.

    A search reaches 10,000 records deep; of more, the oldest are read.
    """

    def __init__(self, search: Callable[[Query], Page]) -> None:
        self._search = search

    def read(self, filter: Filter, most: int) -> Generator[MessagePage, None, None]:
        """Pages of messages, the oldest first."""
        most = min(most, RESULT_WINDOW)
        for offset in range(0, most, MAX_LIMIT):
            size = min(MAX_LIMIT, most - offset)
            page = self._search(Query(filter, size, offset, newest_first=False))
            messages = [
                Message(one.id, one.timestamp_ns, one.level, one.message[:MESSAGE_CHARACTERS])
                for one in page.entries
            ]
            yield MessagePage(page.total, messages)
            if len(messages) < size:
                return
