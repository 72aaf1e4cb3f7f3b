"""What the executor needs of a cluster; ``app.stores.elasticsearch`` has the real one."""

from typing import Protocol

from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier


class Admin(Protocol):
    """Changes to indices. Each can be repeated, and leaves a state from which it can be repeated when it
    was killed half-way.

    Raises:
        StoreUnavailableError: the cluster does not answer; try again later.
        StoreError: it cannot be done; the text says why and what helps.
    """

    def facts(self) -> ClusterFacts:
        """All that a plan is made of, read now."""
        ...

    def roll_over(self, index: IndexFacts) -> None:
        """Block writes to ``index``, then make the next generation and let new records go there."""
        ...

    def close_for_writing(self, index: IndexFacts) -> None:
        """Block writes to ``index``; whoever writes to its period next makes the next generation."""
        ...

    def warm(self, index: IndexFacts, replicas: int | None) -> None:
        """Move, recompress, shrink and merge it; searches go on meanwhile.

        Args:
            replicas: copies of each shard; None leaves what it has.
        """
        ...

    def move(self, index: IndexFacts, tier: Tier, replicas: int | None) -> None:
        """Move it to the nodes of ``tier``, if there are any, and note the tier."""
        ...

    def archive(self, index: IndexFacts) -> None:
        """Take a snapshot of it and verify that."""
        ...

    def restore(self, snapshot: str, until: int) -> None:
        """Make the index in a snapshot searchable again, to be deleted after ``until``."""
        ...

    def mark(self, target: str, at: int | None) -> None:
        """Note that an index or snapshot is to be deleted, since ``at``; None: it is not."""
        ...

    def delete(self, index: IndexFacts) -> None:
        """Delete it, by its full name."""
        ...

    def delete_archive(self, snapshot: str) -> None:
        """Delete a snapshot, by its full name."""
        ...

    def clean_up(self, index: IndexFacts) -> None:
        """Remove an index that nobody searches: a left original or an unfinished copy."""
        ...

    def note(self, document: dict[str, str | int | None]) -> None:
        """Add a document to the audit index."""
        ...
