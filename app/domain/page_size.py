"""How many records to ask for at a time, so that the bytes of a page stay bounded."""

#: What a page should have at most.
PAGE_BYTES = 4 * 1024 * 1024


class PageSize:
    """Follows the size of the records: falls at once, rises step by step.

    Args:
        first: of the page before which nothing is known.
        most: of any page.
        growth: how much larger than a page the next one may be.

    Attributes:
        records: how many to ask for next.
    """

    def __init__(self, first: int, most: int, growth: int = 4) -> None:
        self._most = most
        self._growth = growth
        self.records = min(first, most)

    def adapt(self, records: int, size: int) -> None:
        """A page had so many records, of so many bytes together."""
        grown = min(self.records * self._growth, self._most)
        # One is asked for, however large it is.
        self.records = max(min(grown, PAGE_BYTES * records // size if size else grown), 1)
