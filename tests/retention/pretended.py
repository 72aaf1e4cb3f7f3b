"""An admin over facts that are given, which writes down what it is asked to do."""

from dataclasses import replace

from app.domain.errors import StoreError, StoreUnavailableError
from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier


class PretendedAdmin:
    """Attributes:
    did: kind and target of everything that was asked, in order.
    notes: the documents of the audit.
    refuses: names of indices about which everything fails.
    is_away: the cluster does not answer.
    """

    def __init__(self, cluster: ClusterFacts) -> None:
        self.cluster = cluster
        self.did: list[tuple[str, str]] = []
        self.notes: list[dict[str, str | int | None]] = []
        self.refuses: set[str] = set()
        self.refuses_notes = False
        self.is_away = False

    def facts(self) -> ClusterFacts:
        if self.is_away:
            raise StoreUnavailableError("nobody answers")
        return self.cluster

    def roll_over(self, index: IndexFacts) -> None:
        self._do("roll_over", index.name, is_write_blocked=True, is_write_index=False)

    def close_for_writing(self, index: IndexFacts) -> None:
        self._do("close_for_writing", index.name, is_write_blocked=True, is_write_index=False)

    def warm(self, index: IndexFacts, replicas: int | None) -> None:
        self._do("warm", index.name, tier=Tier.WARM)

    def move(self, index: IndexFacts, tier: Tier, replicas: int | None) -> None:
        self._do("move", index.name, tier=tier)

    def archive(self, index: IndexFacts) -> None:
        self._do("archive", index.name)

    def restore(self, snapshot: str, until: int) -> None:
        self._do("restore", snapshot)

    def mark(self, target: str, at: int | None) -> None:
        self._do("mark", target, marked_at=at)

    def delete(self, index: IndexFacts) -> None:
        self._do("delete", index.name)
        left = tuple(other for other in self.cluster.indices if other.name != index.name)
        self.cluster = replace(self.cluster, indices=left)

    def delete_archive(self, snapshot: str) -> None:
        self._do("delete_archive", snapshot)

    def clean_up(self, index: IndexFacts) -> None:
        self._do("clean_up", index.name)

    def note(self, document: dict[str, str | int | None]) -> None:
        if self.refuses_notes:
            raise StoreError("the audit is full")
        self.notes.append(document)

    def _do(self, kind: str, target: str, **becomes: object) -> None:
        if target in self.refuses:
            raise StoreError("this one cannot be done")
        self.did.append((kind, target))
        indices = tuple(
            replace(index, **becomes) if index.name == target else index  # type: ignore[arg-type]
            for index in self.cluster.indices
        )
        self.cluster = replace(self.cluster, indices=indices)
