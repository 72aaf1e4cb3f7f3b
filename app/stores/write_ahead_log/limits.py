"""How much a log may take."""

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class LogLimits:
    """Bounds, in bytes.

    What is moved inside of a full log may go beyond them by a segment, for as long as that takes.

    Attributes:
        segment_bytes: a segment that has reached this size is closed and the next one begun.
        most_bytes: of all segments together; what would go beyond it is refused. A single payload
            may take half of it.
        free_bytes: what must stay free on the disk; below it nothing is accepted.
        queued_bytes: of memory that appends may take while the disk has not come to them; what would go
            beyond it is refused.
    """

    segment_bytes: int = 64 * _MIB
    most_bytes: int = 4096 * _MIB
    free_bytes: int = 256 * _MIB
    queued_bytes: int = 64 * _MIB

    @property
    def roll_bytes(self) -> int:
        """The size at which a segment is closed in fact.

        Only closed segments can go, so the open one must never take so much of a small bound that a
        finished log stays full.
        """
        return min(self.segment_bytes, self.most_bytes // 4)
