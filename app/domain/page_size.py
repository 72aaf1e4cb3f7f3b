"""How many records to ask for at a time, so that the bytes of a page stay bounded."""

#: What a page should have at most, unless it is said.
PAGE_BYTES = 4 * 1024 * 1024
_GROWTH = 8


class PageSize:
    """Follows the size of the records: falls at once, rises step by step.

    A page may have eight times as many as another by which their size is known.

    Args:
        first: of the page before which nothing is known.
        most: of any page.
        page_bytes: what a page should have at most.

    Attributes:
        records: how many to ask for next.
    """

    def __init__(self, first: int, most: int, page_bytes: int = PAGE_BYTES) -> None:
        self._most = most
        self._page_bytes = page_bytes
        self.records = min(first, most)

    def adapt(self, asked: int, records: int, size: int) -> None:
        """A page for which so many records were asked had so many, of so many bytes together."""
        grown = min(asked * _GROWTH, self._most)
        # One is asked for, however large it is.
        self.records = max(min(grown, self._page_bytes * records // size if size else grown), 1)
