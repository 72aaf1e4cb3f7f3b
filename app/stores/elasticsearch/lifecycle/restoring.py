"""An index comes back from a snapshot: for a while, or only to see whether it can."""

import re

from app.domain.errors import StoreError
from app.domain.lifecycle import Tier
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.counting import Counting
from app.stores.elasticsearch.lifecycle.names import RESTORED, Names
from app.stores.elasticsearch.lifecycle.nodes import Nodes
from app.stores.elasticsearch.lifecycle.placing import Placing
from app.stores.elasticsearch.lifecycle.repository import Repository, Snapshot
from app.stores.elasticsearch.lifecycle.shards import Shards
from app.stores.elasticsearch.lifecycle.states import IndexState, States


class Restoring:
    """Restores snapshots under another name."""

    def __init__(
        self, calls: Calls, names: Names, states: States, shards: Shards, nodes: Nodes,
        placing: Placing, repository: Repository,
    ) -> None:  # fmt: skip
        self._calls = calls
        self._names = names
        self._states = states
        self._shards = shards
        self._nodes = nodes
        self._placing = placing
        self._repository = repository
        self.counting = Counting(calls)

    def restore(self, snapshot: str, until: int) -> None:
        """Make the index in ``snapshot`` searchable until ``until``; again: until then instead.

        Raises:
            StoreError: there is no such snapshot, or its index is still searched, so that every record
                would be found twice, or it cannot be restored.
        """
        found = self._repository.get(snapshot)
        says = self._names.read(found.index) if found else None
        if found is None or says is None or not found.is_whole:
            raise StoreError(
                f"{snapshot} is no archived index: GET /_snapshot/{self._repository.name}/*"
            )
        for state in self._states.of(says.partition).values():
            if state.says.base != says.base or not self._states.is_searched(state):
                continue
            if state.says.kind != RESTORED:
                raise StoreError(
                    f"{state.name} is still searched: its records would be found twice"
                )
            self._states.keep(state.name, {"restored_until": until})
            return
        name = f"{says.base}-{RESTORED}"
        self._bring(found, name)
        have, should = self.counting.count(name), found.number("documents")
        if have != should:
            self._remove(name)
            raise StoreError(
                f"{snapshot} gave back {have} of {should} records; nothing was restored"
            )
        self._states.keep(
            name,
            {
                "tier": str(Tier.WARM),
                "base": says.base,
                "created_at": found.number("created_at"),
                "restored_until": until,
                "archived_as": snapshot,
                "marked_at": None,
            },
        )
        with self._calls.changing() as client:
            client.indices.put_alias(
                index=name, name=self._names.alias(says.partition), is_write_index=False
            )

    def try_out(self, snapshot: Snapshot, name: str) -> int:
        """How many records a restored index holds; it is removed again.

        Raises:
            StoreError: it cannot be restored.
        """
        # What a run that was killed has left may be of another snapshot.
        self._remove(name)
        self._bring(snapshot, name)
        try:
            return self.counting.count(name)
        finally:
            self._remove(name)

    def _bring(self, snapshot: Snapshot, name: str) -> None:
        """Restore the index in ``snapshot`` as ``name``; what a run before began is taken up."""
        if self._states.get(name) is None:
            with self._calls.changing() as client:
                client.snapshot.restore(
                    repository=self._repository.name,
                    snapshot=snapshot.name,
                    indices=snapshot.index,
                    rename_pattern=f"^{re.escape(snapshot.index)}$",
                    rename_replacement=name,
                    include_global_state=False,
                    include_aliases=False,
                    feature_states=["none"],
                    index_settings={
                        "index.number_of_replicas": 0,
                        "index.auto_expand_replicas": "false",
                        "index.blocks.write": True,
                        **self._placement(),
                    },
                    ignore_index_settings=[
                        "index.routing.allocation.require._name",
                        self._nodes.include,
                        "index.blocks.read_only_allow_delete",
                    ],
                    wait_for_completion=False,
                )
        try:
            self._shards.wait_for_primaries(name, f"{snapshot.name} cannot be restored as {name}")
        except StoreError:
            if not any(copy.state == "INITIALIZING" for copy in self._shards.copies(name)):
                self._remove(name)
            raise

    def _placement(self) -> dict[str, str]:
        """On warm nodes, if there are any: whoever asks for an archive must not wait for a tier."""
        return self._placing.settings_for(Tier.WARM) if self._nodes.of(Tier.WARM) else {}

    def _remove(self, name: str) -> None:
        state: IndexState | None = self._states.get(name)
        if state is None:
            return
        if self._states.is_searched(state):
            raise StoreError(f"{name} is searched, and not to be removed")
        with self._calls.changing() as client:
            client.options(ignore_status=404).indices.delete(index=name)
