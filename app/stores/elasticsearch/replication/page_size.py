"""How many records a page of a copy asks for, so that its bytes stay bounded."""

_FIRST, _LEAST, _MOST = 200, 10, 2_000
_WANTED_BYTES = 4 * 1024 * 1024


class PageSize:
    """Follows the size of the records: rises by doubling, falls at once."""

    def __init__(self) -> None:
        self.records = _FIRST

    def adapt(self, size: int) -> None:
        """A page had so many bytes."""
        if size > _WANTED_BYTES:
            self.records = max(self.records * _WANTED_BYTES // size, _LEAST)
        elif size * 2 < _WANTED_BYTES:
            self.records = min(self.records * 2, _MOST)
