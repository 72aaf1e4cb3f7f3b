"""An index becomes warm: moved, recompressed, shrunk to one shard, merged to one segment.

Elasticsearch recompresses an index only while it merges it, and shrinks it only into another one: so a
copy is made beside the original, which is searched meanwhile, and takes its place in one step when it is
whole.
"""

import logging

from app.domain.errors import StoreError
from app.domain.lifecycle import IndexFacts, Tier
from app.domain.ports import Clock
from app.stores.elasticsearch.lifecycle.calls import FLOODED, Calls
from app.stores.elasticsearch.lifecycle.closing import Closing
from app.stores.elasticsearch.lifecycle.copies import Copies
from app.stores.elasticsearch.lifecycle.counting import Counting
from app.stores.elasticsearch.lifecycle.merging import MergeFailedError, Merging
from app.stores.elasticsearch.lifecycle.names import RECOMPRESSED, Names
from app.stores.elasticsearch.lifecycle.nodes import Nodes
from app.stores.elasticsearch.lifecycle.placing import Placing
from app.stores.elasticsearch.lifecycle.shards import Shards
from app.stores.elasticsearch.lifecycle.states import IndexState, States

_log = logging.getLogger(__name__)


class Warming:
    """Each step looks first whether it is done already, so that all of it can be repeated."""

    def __init__(
        self, calls: Calls, names: Names, states: States, shards: Shards, nodes: Nodes,
        closing: Closing, placing: Placing, clock: Clock,
    ) -> None:  # fmt: skip
        self._calls = calls
        self._names = names
        self._states = states
        self._shards = shards
        self._nodes = nodes
        self._closing = closing
        self._placing = placing
        self._clock = clock
        self._merging = Merging(calls)
        self._counting = Counting(calls)
        self._copies = Copies(calls, states, shards)

    def warm(self, index: IndexFacts, replicas: int | None) -> None:
        """Make ``index`` warm; harmless if it, or its copy, is already.

        Raises:
            StoreError: a step cannot be done now; what is done is kept for the next run.
        """
        copy_name = f"{index.base}-{RECOMPRESSED}"
        family = self._states.of(index.partition)
        source, copy = family.get(index.name), family.get(copy_name)
        has_taken_place = copy is not None and self._states.is_searched(copy)
        if has_taken_place and (source is None or not self._states.is_searched(source)):
            return
        if source is None:
            raise StoreError(f"{index.name} is gone")
        self._check(source)
        source = self._closing.close(source.name)
        self._placing.move(source, Tier.WARM)
        codec = self._codec_for(source)
        self._choose_way(source, copy_name, codec, replicas)

    def _choose_way(
        self, source: IndexState, copy_name: str, codec: str, replicas: int | None
    ) -> None:
        if copy_name == source.name or (source.primaries == 1 and codec == source.codec):
            self._warm_in_place(source, replicas)
        else:
            self._warm_by_copy(source, copy_name, codec, replicas)

    def _warm_in_place(self, source: IndexState, replicas: int | None) -> None:
        self._merging.merge(source.name)
        self._placing.replicate(source, replicas, like=source)
        self._states.keep(source.name, {"tier": str(Tier.WARM), **self._compression(source)})

    def _merge_or_fall_back(self, source: IndexState, copy: IndexState) -> bool:
        """Whether the copy could be merged in its codec; if not for the codec, it is removed.

        Raises:
            MergeFailedError: it could not, and the codec is not the reason.
        """
        try:
            self._merging.merge(copy.name)
        except MergeFailedError as error:
            if copy.codec == source.codec:
                raise
            _log.warning("%s stays in the codec %s: %s", source.name, source.codec, error)
            self._copies.remove(copy)
            return False
        return True

    def _warm_by_copy(
        self, source: IndexState, name: str, codec: str, replicas: int | None
    ) -> None:
        if source.primaries > 1:
            self._placing.gather(source, Tier.WARM)
        copy = self._copies.make(source, name, codec, self._placing.settings_for(Tier.WARM))
        if not self._merge_or_fall_back(source, copy):
            # A node without libzstd fails when it first writes a segment in that codec, which is here.
            self._choose_way(source, name, source.codec, replicas)
            return
        self._placing.replicate(copy, replicas, like=source)
        self._compare(source, copy)
        self._states.keep(
            copy.name,
            {
                "tier": str(Tier.WARM),
                "base": source.says.base,
                "created_at": source.created_at,
                "copy_of": source.name,
                # Just before the swap: who finds the copy in place knows since when, or a little longer.
                "swapped_at": self._clock(),
                **self._compression(copy),
            },
        )
        self._swap(source, copy)

    def _swap(self, source: IndexState, copy: IndexState) -> None:
        alias = self._names.alias(source.says.partition)
        with self._calls.changing() as client:
            answer = client.indices.update_aliases(
                actions=[
                    {"add": {"index": copy.name, "alias": alias, "is_write_index": False}},
                    {"remove": {"index": source.name, "alias": alias, "must_exist": True}},
                ]
            )
        if answer.get("errors"):
            raise StoreError(f"{copy.name} could not take the place of {source.name}: {answer}")

    def _compare(self, source: IndexState, copy: IndexState) -> None:
        """Make sure that the copy is whole, or remove it.

        Raises:
            StoreError: it is not.
        """
        have, should = self._counting.count(copy.name), self._counting.count(source.name)
        if have != should:
            self._copies.remove(copy)
            raise StoreError(
                f"the copy {copy.name} held {have} records and {source.name} holds {should}; "
                "it was removed"
            )

    def _check(self, source: IndexState) -> None:
        """Raise what would only show after a long wait otherwise."""
        if source.is_flooded:
            raise StoreError(f"{source.name}: {FLOODED}")
        copies = self._shards.copies(source.name)
        if source.settings.get("index.verified_before_close") == "true":
            raise StoreError(f"{source.name} is closed: open it with POST /{source.name}/_open")
        if not all(copy.is_active for copy in copies if copy.is_primary):
            raise StoreError(f"{source.name}: {self._shards.why_unassigned(source.name)}")

    def _codec_for(self, source: IndexState) -> str:
        """The codec that it is to have: the best that the nodes of the tier can write."""
        can_zstd = all(node.has_zstd for node in self._nodes.of(Tier.WARM))
        return "best_compression" if can_zstd else source.codec

    def _compression(self, state: IndexState) -> dict[str, str | None]:
        """What is noted of it: that, and why, it is not as small as it could be."""
        if state.codec != "best_compression":
            return {"not_compressed": "a node of its tier has no libzstd"}
        if not self._merging.is_compressed(state.name):
            return {"not_compressed": "Elasticsearch left its segments as they were"}
        return {"not_compressed": None}
