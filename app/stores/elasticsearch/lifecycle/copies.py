"""Copies of an index by clone or shrink: with another codec, with one shard."""

from app.domain.errors import StoreError
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.merging import Merging
from app.stores.elasticsearch.lifecycle.shards import Shards
from app.stores.elasticsearch.lifecycle.states import IndexState, States


class Copies:
    """Makes and removes them. A copy shares its files with the original until it is merged."""

    def __init__(self, calls: Calls, states: States, shards: Shards) -> None:
        self._calls = calls
        self._states = states
        self._shards = shards
        self._merging = Merging(calls)

    def make(
        self, source: IndexState, name: str, codec: str, placement: dict[str, str]
    ) -> IndexState:
        """The copy ``name`` of ``source``, with all primaries in use; that of a run before is taken up.

        Raises:
            StoreError: it cannot be made; what there is of it is removed if it will never be whole.
        """
        left = self._states.get(name)
        if left is not None and (left.primaries != 1 or left.codec != codec):
            self.remove(left)
            left = None
        if left is None:
            self._start(source, name, codec, placement)
        try:
            self._shards.wait_for_primaries(name, f"the copy {name} cannot be made")
        except StoreError:
            # One that failed for good stands in the way of the next attempt.
            if (copy := self._states.get(name)) and not self._is_being_made(name):
                self.remove(copy)
            raise
        copy = self._states.get(name)
        if copy is None:
            raise StoreError(f"the copy {name} is gone")
        return copy

    def remove(self, copy: IndexState) -> None:
        """Delete a copy that is not searched.

        Raises:
            StoreError: it is searched.
        """
        if self._states.is_searched(copy):
            raise StoreError(f"{copy.name} is searched, and not to be removed")
        with self._calls.changing() as client:
            client.options(ignore_status=404).indices.delete(index=copy.name)

    def _is_being_made(self, name: str) -> bool:
        return any(copy.state == "INITIALIZING" for copy in self._shards.copies(name))

    def _start(self, source: IndexState, name: str, codec: str, placement: dict[str, str]) -> None:
        segments = self._merging.segments(source.name)
        settings = {
            "index.codec": codec,
            "index.number_of_replicas": "0",
            "index.auto_expand_replicas": "false",
            "index.blocks.write": "true",
            "index.routing.allocation.require._name": None,
            # A single segment is left as it is by the usual merge policy, and so in the old codec; this
            # one rewrites it as soon as it is to be one file, or no longer one.
            "index.merge.policy.type": "time_based",
            "index.compound_format": not all(segment.is_compound for segment in segments),
            **placement,
        }
        with self._calls.changing() as client:
            if source.primaries > 1:
                client.indices.shrink(
                    index=source.name, target=name, wait_for_active_shards="0",
                    settings={**settings, "index.number_of_shards": 1},
                )  # fmt: skip
            else:
                client.indices.clone(
                    index=source.name, target=name, wait_for_active_shards="0", settings=settings
                )
