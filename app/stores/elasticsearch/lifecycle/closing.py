"""An index takes no more records: rolled over to the next generation, or closed for writing."""

from elasticsearch import BadRequestError

from app.domain.errors import StoreError
from app.domain.lifecycle import IndexFacts, Tier
from app.domain.sharding import Partition
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.names import Names
from app.stores.elasticsearch.lifecycle.nodes import Nodes
from app.stores.elasticsearch.lifecycle.states import IndexState, States


class Closing:
    """Blocks writes, and makes the next generation.

    The order is what keeps an id from being stored twice: blocked first, so that whatever is on its way
    to the old index is in it or refused; then not the write index any more; then the next generation.
    """

    def __init__(
        self, calls: Calls, names: Names, states: States, nodes: Nodes, indices: Indices
    ) -> None:
        self._calls = calls
        self._names = names
        self._states = states
        self._nodes = nodes
        self._indices = indices

    def roll_over(self, index: IndexFacts) -> None:
        """Close it, then make the next generation, unless its partition has a write index again."""
        self.close(index.name)
        family = self._states.of(index.partition)
        if any(self._states.is_write_index(state) for state in family.values()):
            return
        last = max((state.says.generation for state in family.values()), default=index.generation)
        self._make(index.partition, last + 1)

    def close(self, name: str) -> IndexState:
        """Block writes to the index ``name`` and take the name of write index from it.

        Raises:
            StoreError: it is gone, or one of its shards cannot confirm the block.
        """
        self._block(self._get(name))
        state = self._get(name)
        alias = self._names.alias(state.says.partition)
        if alias in state.aliases and state.aliases[alias].get("is_write_index") is not False:
            with self._calls.changing() as client:
                client.indices.put_alias(index=name, name=alias, is_write_index=False)
            return self._get(name)
        return state

    def _get(self, name: str) -> IndexState:
        state = self._states.get(name)
        if state is None:
            raise StoreError(f"{name} is gone")
        return state

    def _block(self, state: IndexState) -> None:
        # "Verified": the block was added by this call, which waits for the writes in flight.
        if state.is_write_blocked and state.settings.get("index.verified_read_only") == "true":
            return
        with self._calls.changing() as client:
            answer = client.indices.add_block(index=state.name, block="write")
        refused = [entry for entry in answer["indices"] if not entry.get("blocked")]
        if refused or not answer["acknowledged"] or not self._get(state.name).is_write_blocked:
            raise StoreError(
                f"writes to {state.name} could not be blocked, as not all of its shards answered: see "
                f"GET /_cluster/allocation/explain"
            )

    def _make(self, partition: Partition, generation: int) -> None:
        name, alias = self._names.generation(partition, generation), self._names.alias(partition)
        self._indices.install_templates()
        is_tiered = any(node.tier == Tier.HOT for node in self._nodes.all())
        try:
            with self._calls.changing() as client:
                client.indices.create(
                    index=name,
                    aliases={alias: {"is_write_index": True}},
                    settings={self._nodes.include: str(Tier.HOT)} if is_tiered else {},
                )
        except StoreError as error:
            # Whoever writes makes the next generation, too: it may have been faster.
            cause = error.__cause__
            if not isinstance(cause, BadRequestError):
                raise
            family = self._states.of(partition).values()
            if not any(self._states.is_write_index(state) for state in family):
                raise
