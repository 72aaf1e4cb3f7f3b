"""All that a plan is made of, in a few calls whatever the number of indices."""

from collections.abc import Sequence

from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier
from app.stores.elasticsearch.lifecycle.archives import Archives
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.contents import Contents, ContentsReader
from app.stores.elasticsearch.lifecycle.names import Names
from app.stores.elasticsearch.lifecycle.nodes import Nodes
from app.stores.elasticsearch.lifecycle.shards import ShardCopy, Shards, health_of
from app.stores.elasticsearch.lifecycle.states import IndexState, States


class FactsReader:
    """Reads the facts of one installation."""

    def __init__(
        self,
        calls: Calls,
        names: Names,
        states: States,
        shards: Shards,
        nodes: Nodes,
        archives: Archives,
    ) -> None:
        self._calls = calls
        self._names = names
        self._states = states
        self._shards = shards
        self._nodes = nodes
        self._archives = archives
        self._contents = ContentsReader(calls)

    def read(self) -> ClusterFacts:
        """Read them now; a closed or a red index is told with what can be told of it."""
        states = self._states.all()
        copies = self._shards.of(self._names.records) if states else {}
        closed = self._closed()
        askable = [state for name, state in states.items() if name not in closed]
        contents = self._contents.read(askable)
        archives = self._archives.verified(states)
        known = {archive.snapshot for archive in archives}
        nodes = self._nodes.all()
        return ClusterFacts(
            # The earliest of the nodes' clocks: by that one nothing is older than it is.
            clock=min((node.clock for node in nodes), default=0),
            tiers=frozenset(tier for tier in Tier if tier in {node.tier for node in nodes}),
            data_nodes=len(nodes),
            disk_bytes=sum(node.disk_bytes for node in nodes),
            free_bytes=sum(node.free_bytes for node in nodes),
            indices=tuple(
                self._index(
                    state, copies.get(name, ()), contents.get(name), name not in closed, known
                )
                for name, state in sorted(states.items())
            ),
            archives=archives,
        )

    def _index(
        self,
        state: IndexState,
        copies: Sequence[ShardCopy],
        contents: Contents | None,
        is_open: bool,
        archives: set[str],
    ) -> IndexFacts:
        primaries = [copy for copy in copies if copy.is_primary]
        held = contents or Contents()
        archived_as = state.noted_text("archived_as")
        return IndexFacts(
            name=state.name,
            base=state.says.base,
            partition=state.says.partition,
            generation=state.says.generation,
            created_at=state.created_at,
            documents=sum(copy.documents for copy in primaries),
            primary_bytes=sum(copy.bytes for copy in primaries),
            total_bytes=sum(copy.bytes for copy in copies),
            largest_shard_bytes=max((copy.bytes for copy in primaries), default=0),
            primaries=state.primaries,
            replicas=state.replicas,
            tier=state.tier,
            is_write_index=self._states.is_write_index(state),
            is_searched=self._states.is_searched(state),
            is_write_blocked=state.is_write_blocked,
            is_flooded=state.is_flooded,
            is_open=is_open,
            health=health_of(copies),
            codec=state.codec,
            segments=sum(copy.segments for copy in primaries),
            oldest=held.oldest,
            newest=held.newest,
            newest_arrival=held.newest_arrival,
            swapped_at=state.noted_number("swapped_at"),
            marked_at=state.noted_number("marked_at"),
            restored_until=state.noted_number("restored_until"),
            # Somebody may have deleted the snapshot.
            archived_as=archived_as if archived_as in archives else None,
        )

    def _closed(self) -> set[str]:
        with self._calls.asking() as client:
            found = client.indices.resolve_index(
                name=self._names.records, expand_wildcards="closed",
                filter_path="indices.name,indices.attributes",
            )  # fmt: skip
        return {
            index["name"] for index in found.get("indices", ()) if "closed" in index["attributes"]
        }
