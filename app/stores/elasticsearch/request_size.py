"""How much one bulk request carries, in records and in bytes."""

from collections.abc import Iterable

#: At most.
MAX_REQUEST_RECORDS = 5_000
#: Far below Elasticsearch's own limit of 100 MB.
MAX_REQUEST_BYTES = 8 * 1024 * 1024
_LEAST_RECORDS, _LEAST_BYTES = 50, 128 * 1024
#: The part of the most by which it grows.
_STEPS = 10


class RequestSize:
    """Halves while Elasticsearch has too much to do and grows slowly afterwards.

    Needs no lock: where two threads learn at once, one step may be lost, which the next answer mends.

    Attributes:
        records: the most of the next request.
        bytes: likewise; one record may be larger than that.
    """

    def __init__(self) -> None:
        self.records = MAX_REQUEST_RECORDS
        self.bytes = self._most_bytes = MAX_REQUEST_BYTES

    @property
    def is_reduced(self) -> bool:
        """Whether Elasticsearch had too much to do not long ago."""
        return self.records < MAX_REQUEST_RECORDS

    def adapt(self, *, is_overloaded: bool) -> None:
        """Learn from an answer."""
        if is_overloaded:
            self.records = max(self.records // 2, _LEAST_RECORDS)
            self.bytes = max(self.bytes // 2, _LEAST_BYTES)
        else:
            self.records = min(self.records + MAX_REQUEST_RECORDS // _STEPS, MAX_REQUEST_RECORDS)
            self.bytes = min(self.bytes + self._most_bytes // _STEPS, self._most_bytes)

    def note_too_large(self, size: int) -> None:
        """No request of ``size`` bytes is ever taken: later ones stay well below.

        It is for good, in this process: a limit is not lifted by waiting.
        """
        self._most_bytes = max(min(self._most_bytes, size // 2), _LEAST_BYTES)
        self.bytes = min(self.bytes, self._most_bytes)

    def fits(self, records: int, size: int) -> bool:
        """Whether one request can carry so many records of so many bytes in all."""
        return records <= self.records and (size <= self.bytes or records == 1)

    def first_part(self, sizes: Iterable[int]) -> int:
        """How many of the first records, of these sizes in bytes, one request can carry."""
        records = total = 0
        for size in sizes:
            total += size
            if records and not self.fits(records + 1, total):
                break
            records += 1
        return records
