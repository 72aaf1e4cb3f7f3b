"""Names of what the lifecycle deals with."""

import re
from dataclasses import dataclass

from app.domain.lifecycle import Tier
from app.domain.sharding import Partition

#: An index that was restored from its snapshot bears its base and this.
RESTORED = "restored"
#: An index that a snapshot was restored to only to see whether it can be.
TRIAL = "trial"
#: What ``warm`` makes of an index.
RECOMPRESSED = str(Tier.WARM)


@dataclass(frozen=True)
class IndexName:
    """What the name of an index of records says.

    Attributes:
        base: the name that it was made under.
        kind: what follows the base: ``warm``, ``restored``; empty for the original.
    """

    base: str
    partition: Partition
    generation: int
    kind: str


class Names:
    """The names of one installation."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._index = re.compile(
            rf"(?P<base>{re.escape(prefix)}-(?P<stream>[a-z][a-z0-9_]*)-(?P<period>[^-]+)"
            r"-(?P<generation>\d{6}))(?:-(?P<kind>[a-z]+))?"
        )

    @property
    def records(self) -> str:
        """A pattern that every index of records fits, and some others; only for reading."""
        return f"{self.prefix}-*"

    @property
    def repository(self) -> str:
        """The snapshot repository of the archive."""
        return f"{self.prefix}-archive"

    @property
    def audit(self) -> str:
        """The index in which every action is a document."""
        return f"{self.prefix}-lifecycle"

    def read(self, name: str) -> IndexName | None:
        """What ``name`` says; None if it is not that of an index of records."""
        match = self._index.fullmatch(name)
        if match is None:
            return None
        partition = Partition(match["stream"], match["period"])
        return IndexName(match["base"], partition, int(match["generation"]), match["kind"] or "")

    def alias(self, partition: Partition) -> str:
        """The alias that searches of ``partition`` ask."""
        return f"{self.prefix}-{partition.stream}-{partition.period}"

    def generation(self, partition: Partition, number: int) -> str:
        """The index of that generation."""
        return f"{self.alias(partition)}-{number:06d}"
