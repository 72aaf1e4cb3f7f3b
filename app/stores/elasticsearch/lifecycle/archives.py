"""Archives: which snapshots hold an index for sure, and which are marked for deletion."""

import logging
from collections.abc import Mapping

from app.domain.errors import LogfeedError, StoreError
from app.domain.lifecycle import ArchiveFacts
from app.domain.metadata import JsonScalar
from app.domain.ports import StateStore
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.names import Names
from app.stores.elasticsearch.lifecycle.repository import Repository, Snapshot
from app.stores.elasticsearch.lifecycle.states import IndexState

_log = logging.getLogger(__name__)
#: A snapshot cannot be changed, so its marks are in a state document of this key.
_MARKS = "archive-marks"
_ATTEMPTS = 10


class Archives:
    """What is in the archive."""

    def __init__(
        self, calls: Calls, names: Names, repository: Repository, state: StateStore
    ) -> None:
        self._calls = calls
        self._names = names
        self._repository = repository
        self._state = state

    def verified(self, indices: Mapping[str, IndexState]) -> tuple[ArchiveFacts, ...]:
        """The snapshots that hold all of an index; none while the repository cannot be read.

        One whose index is still there is verified if the index says so; an index is deleted only when
        its snapshot has been verified.
        """
        try:
            snapshots = self._repository.snapshots()
        except LogfeedError as error:
            _log.warning("the archive %s cannot be read: %s", self._repository.name, error)
            return ()
        unverified = {
            state.says.base for state in indices.values() if state.noted_text("archived_as") is None
        }
        noted = {state.noted_text("archived_as") for state in indices.values()}
        marks = self._marks() if snapshots else {}
        return tuple(
            facts
            for snapshot in snapshots
            if snapshot.is_whole
            and (facts := self._facts(snapshot, marks)) is not None
            and (snapshot.name in noted or facts.base not in unverified)
        )

    def mark(self, snapshot: str, at: int | None) -> None:
        """Note since when ``snapshot`` is to be deleted; None: it is not."""
        for _ in range(_ATTEMPTS):
            found = self._state.read(_MARKS)
            before = found.body if found else {}
            after: dict[str, JsonScalar] = {k: v for k, v in before.items() if k != snapshot}
            if at is not None:
                after[snapshot] = at
            if after == before:
                return
            self._calls.guard()
            if (
                self._state.replace(_MARKS, after, found.version)
                if found
                else self._state.create(_MARKS, after)
            ):
                return
        raise StoreError("others change the marks of archives all the time; tried again later")

    def delete(self, snapshot: str) -> None:
        """Delete a snapshot by its full name, and forget its mark."""
        self._repository.delete(snapshot)
        self.mark(snapshot, None)

    def _marks(self) -> Mapping[str, JsonScalar]:
        found = self._state.read(_MARKS)
        return found.body if found else {}

    def _facts(self, snapshot: Snapshot, marks: Mapping[str, JsonScalar]) -> ArchiveFacts | None:
        says = self._names.read(snapshot.index)
        if says is None:
            return None
        mark = marks.get(snapshot.name)
        return ArchiveFacts(
            snapshot=snapshot.name,
            base=says.base,
            partition=says.partition,
            documents=snapshot.number("documents") or 0,
            bytes=snapshot.bytes,
            taken_at=snapshot.taken_at,
            newest=snapshot.number("newest"),
            newest_arrival=snapshot.number("newest_arrival"),
            marked_at=mark if isinstance(mark, int) else None,
        )
