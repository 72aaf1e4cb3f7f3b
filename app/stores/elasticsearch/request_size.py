"""How many records one bulk request carries."""

#: At most.
MAX_REQUEST_RECORDS = 5_000
_LEAST = 50
_STEP = 500


class RequestSize:
    """Halves while Elasticsearch has too much to do and grows slowly afterwards.

    Needs no lock: where two threads learn at once, one step may be lost, which the next answer mends.

    Attributes:
        records: the most of the next request.
    """

    def __init__(self) -> None:
        self.records = MAX_REQUEST_RECORDS

    def adapt(self, *, is_overloaded: bool) -> None:
        """Learn from an answer."""
        if is_overloaded:
            self.records = max(self.records // 2, _LEAST)
        else:
            self.records = min(self.records + _STEP, MAX_REQUEST_RECORDS)
