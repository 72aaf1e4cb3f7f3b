"""An index goes into the archive: a snapshot, and the proof that the index can be had back from it."""

from app.domain.errors import StoreError
from app.domain.lifecycle import IndexFacts
from app.stores.elasticsearch.lifecycle.closing import Closing
from app.stores.elasticsearch.lifecycle.names import TRIAL
from app.stores.elasticsearch.lifecycle.repository import Repository, Snapshot
from app.stores.elasticsearch.lifecycle.restoring import Restoring
from app.stores.elasticsearch.lifecycle.shards import GivenUpError
from app.stores.elasticsearch.lifecycle.states import IndexState, States


class Archiving:
    """Takes snapshots and verifies them."""

    def __init__(
        self, states: States, closing: Closing, repository: Repository, restoring: Restoring
    ) -> None:
        self._states = states
        self._closing = closing
        self._repository = repository
        self._restoring = restoring

    def archive(self, index: IndexFacts) -> None:
        """Take a snapshot of exactly ``index``, verify it, and note it; one of a run before is taken up.

        Raises:
            StoreError: it cannot be taken, or does not stand the proof; a broken one is deleted.
        """
        state = self._closing.close(index.name)
        self._repository.provide()
        snapshot = self._own(state)
        noted = state.noted_text("archived_as")
        if snapshot is not None and snapshot.name == noted and snapshot.is_whole:
            return
        if snapshot is not None and not snapshot.is_whole:
            self._repository.delete(snapshot.name)
            snapshot = None
        if snapshot is None:
            snapshot = self._take(index, state)
        self._verify(snapshot, state)
        self._states.keep(state.name, {"archived_as": snapshot.name})

    def _own(self, state: IndexState) -> Snapshot | None:
        """The snapshot of this very index, finished; None if there is none."""
        for found in self._repository.snapshots():
            if found.metadata.get("uuid") == state.uuid or found.name == state.noted_text(
                "archived_as"
            ):
                return self._repository.finished(found.name)
        return None

    def _take(self, index: IndexFacts, state: IndexState) -> Snapshot:
        taken = {found.name for found in self._repository.snapshots()}
        # An index of the same base may have been archived and deleted before.
        name = next(
            name
            for number in range(1, len(taken) + 2)
            if (name := f"{index.base}-{number:03d}") not in taken
        )
        documents = self._restoring.counting.count(state.name)
        metadata = {
            "uuid": state.uuid,
            "base": index.base,
            "stream": index.partition.stream,
            "period": index.partition.period,
            "documents": documents,
            "created_at": state.created_at,
            "oldest": index.oldest,
            "newest": index.newest,
            "newest_arrival": index.newest_arrival,
        }
        return self._repository.take(name, state.name, metadata)

    def _verify(self, snapshot: Snapshot, state: IndexState) -> None:
        """Restore it beside the index, and count.

        What a repository says of itself is not enough: a file that is missing in it shows only when it
        is read. A proof that cannot be made now, for want of space say, is made on the next run.
        """
        documents = self._restoring.counting.count(state.name)
        problem = ""
        if not snapshot.is_whole or snapshot.index != state.name:
            problem = f"it ended as {snapshot.state}, or holds something else"
        elif snapshot.number("documents") != documents:
            problem = f"it holds {snapshot.number('documents')} records"
        else:
            try:
                found = self._restoring.try_out(snapshot, f"{state.says.base}-{TRIAL}")
            except GivenUpError as error:
                problem = str(error)
            else:
                problem = "" if found == documents else f"restored, it held {found} records"
        if problem:
            self._repository.delete(snapshot.name)
            raise StoreError(
                f"the snapshot {snapshot.name} of {state.name} with {documents} records did not "
                f"stand the proof and was deleted, the index is untouched: {problem}"
            )
