"""The snapshot repository of the archive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, NotFoundError

from app.domain.errors import LogfeedError, StoreError
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.names import Names

#: Snapshots named in one request: their names stand in its first line.
_AT_ONCE = 30
_MILLISECOND = 1_000_000


@dataclass(frozen=True)
class Snapshot:
    """A snapshot of one index.

    Attributes:
        index: that is in it; empty if not exactly one is.
        state: ``SUCCESS``, ``IN_PROGRESS``, ``FAILED``, ``PARTIAL``, ``INCOMPATIBLE``.
        metadata: what was noted of the index when it was taken.
        bytes: of the index in it.
        taken_at: nanoseconds.
    """

    name: str
    uuid: str
    index: str
    state: str
    has_failures: bool
    metadata: Mapping[str, Any]
    bytes: int
    taken_at: int

    @property
    def is_whole(self) -> bool:
        """By what it says of itself."""
        return self.state == "SUCCESS" and not self.has_failures and bool(self.index)

    def number(self, key: str) -> int | None:
        """A number of the metadata; None if it is not there."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) else None


class Repository:
    """Snapshots by name.

    Args:
        location: folder in which a repository of files is made where there is none: below the nodes'
            ``path.repo``, or an absolute path in it.
    """

    def __init__(self, calls: Calls, names: Names, location: str = "") -> None:
        self._calls = calls
        self.name = names.repository
        self._location = location or names.repository
        self._finished: dict[str, Snapshot] = {}

    def provide(self) -> None:
        """Make sure that it is there; one that an operator registered is used, whatever its type.

        Raises:
            StoreError: it cannot be made; the text says what to do.
        """
        if self._exists():
            return
        try:
            with self._calls.changing() as client:
                client.snapshot.create_repository(
                    name=self.name,
                    repository={"type": "fs", "settings": {"location": self._location}},
                )
        except LogfeedError as error:
            # What the folder or the nodes lack comes as a 500.
            if not isinstance(error.__cause__, ApiError):
                raise
            raise StoreError(
                f"the snapshot repository {self.name} is missing and cannot be made in "
                f"{self._location}: register one of that name (S3, for example), or set "
                f"path.repo on every node ({error})"
            ) from error

    def snapshots(self) -> list[Snapshot]:
        """All of them; what is finished is read once."""
        if not self._exists():
            return []
        with self._calls.asking() as client:
            listed = client.snapshot.get(
                repository=self.name, snapshot="*", verbose=False,
                filter_path="snapshots.snapshot,snapshots.uuid",
            ).get("snapshots", [])  # fmt: skip
        known = {
            uuid: self._finished[uuid] for s in listed if (uuid := s["uuid"]) in self._finished
        }
        missing = [s["snapshot"] for s in listed if s["uuid"] not in known]
        found = list(known.values())
        for at in range(0, len(missing), _AT_ONCE):
            found += self._read(missing[at : at + _AT_ONCE])
        self._finished = {s.uuid: s for s in found if s.state != "IN_PROGRESS"}
        return sorted(found, key=lambda snapshot: snapshot.name)

    def get(self, name: str) -> Snapshot | None:
        """The snapshot of this very name, read anew; None if there is none."""
        if not self._exists():
            return None
        return next((found for found in self._read([name]) if found.name == name), None)

    def take(self, name: str, index: str, metadata: Mapping[str, Any]) -> Snapshot:
        """Take a snapshot of ``index`` and wait until it is finished.

        Raises:
            StoreError: it takes longer than the patience.
        """
        with self._calls.changing() as client:
            client.snapshot.create(
                repository=self.name, snapshot=name, indices=index, include_global_state=False,
                feature_states=["none"], metadata=metadata, wait_for_completion=False,
            )  # fmt: skip
        return self.finished(name)

    def finished(self, name: str) -> Snapshot:
        """The snapshot of this name, as soon as it is finished.

        Raises:
            StoreError: it is not, within the patience, or it is gone.
        """
        self._calls.wait_until(
            lambda: (found := self.get(name)) is None or found.state != "IN_PROGRESS",
            lambda: f"the snapshot {name} is not finished yet",
        )
        found = self.get(name)
        if found is None:
            raise StoreError(f"the snapshot {name} is gone")
        return found

    def delete(self, name: str) -> None:
        """Delete the snapshot of this very name; harmless if it is gone."""
        # Elasticsearch takes patterns here, so the name must be one that is there.
        if self.get(name) is not None:
            with self._calls.changing() as client:
                client.options(ignore_status=404).snapshot.delete(
                    repository=self.name, snapshot=name
                )

    def _exists(self) -> bool:
        with self._calls.asking() as client:
            try:
                client.snapshot.get_repository(name=self.name)
            except NotFoundError:
                return False
        return True

    def _read(self, names: Iterable[str]) -> list[Snapshot]:
        with self._calls.asking() as client:
            answer = client.snapshot.get(
                repository=self.name, snapshot=",".join(names), ignore_unavailable=True,
                index_details=True,
            )  # fmt: skip
        return [_snapshot(body) for body in answer.get("snapshots", ())]


def _snapshot(body: Mapping[str, Any]) -> Snapshot:
    indices = body.get("indices", ())
    details = body.get("index_details", {})
    return Snapshot(
        name=body["snapshot"],
        uuid=body["uuid"],
        index=indices[0] if len(indices) == 1 else "",
        state=body.get("state", ""),
        has_failures=bool(body.get("failures")) or body.get("shards", {}).get("failed", 0) > 0,
        metadata=body.get("metadata") or {},
        bytes=sum(detail.get("size_in_bytes", 0) for detail in details.values()),
        taken_at=body.get("start_time_in_millis", 0) * _MILLISECOND,
    )
