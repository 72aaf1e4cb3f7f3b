"""Sets of ids compared without sending them: each as a few sums of digests.

The sums do not depend on the order, so that a listing needs no sorting, which Elasticsearch refuses for
``_id``. Ids are spread over slots by their digest; only slots that differ are looked at more closely.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

SLOTS = 256
_MODULUS = 2**120


@dataclass
class Digest:
    """Of a set of ids: for each slot how many there are, and the sum of their digests."""

    counts: list[int] = field(default_factory=lambda: [0] * SLOTS)
    sums: list[int] = field(default_factory=lambda: [0] * SLOTS)

    def add(self, ids: Iterable[str]) -> None:
        """These are in the set, too."""
        for own in ids:
            slot, value = _place(own)
            self.counts[slot] += 1
            self.sums[slot] = (self.sums[slot] + value) % _MODULUS

    def differing(self, other: "Digest") -> list[int]:
        """The slots in which the sets are not the same."""
        return [
            slot
            for slot in range(SLOTS)
            if (self.counts[slot], self.sums[slot]) != (other.counts[slot], other.sums[slot])
        ]


def slot_of(own: str) -> int:
    """The slot of an id."""
    return _place(own)[0]


def in_groups(slots: list[int], digest: Digest, most: int) -> list[set[int]]:
    """``slots`` in groups of at most so many ids of ``digest``, or one slot that has more."""
    groups: list[set[int]] = []
    size = 0
    for slot in slots:
        if groups and size + digest.counts[slot] <= most:
            groups[-1].add(slot)
            size += digest.counts[slot]
        else:
            groups.append({slot})
            size = digest.counts[slot]
    return groups


def _place(own: str) -> tuple[int, int]:
    digest = blake2b(own.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return digest[0], int.from_bytes(digest[1:])
