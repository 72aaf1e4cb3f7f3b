"""Where an index is, and how many copies of it there are."""

from app.domain.errors import StoreError
from app.domain.lifecycle import Tier
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.nodes import Nodes
from app.stores.elasticsearch.lifecycle.shards import Shards
from app.stores.elasticsearch.lifecycle.states import IndexState, States

_AUTO_EXPAND = "index.auto_expand_replicas"
_REPLICAS = "index.number_of_replicas"
_REQUIRE_NAME = "index.routing.allocation.require._name"


class Placing:
    """Moves indices between nodes, and sets their replicas."""

    def __init__(self, calls: Calls, states: States, shards: Shards, nodes: Nodes) -> None:
        self._calls = calls
        self._states = states
        self._shards = shards
        self._nodes = nodes

    def move(self, state: IndexState, tier: Tier) -> None:
        """Bring all primaries to nodes of ``tier``; nothing where no node is of any tier.

        A replica for which there is no second node of the tier stays where it is.

        Raises:
            StoreError: there is no such node, or it takes longer than the patience.
        """
        settings = self.settings_for(tier)
        if not settings:
            return
        if any(state.settings.get(key) != value for key, value in settings.items()):
            self._put(state.name, settings)
        names = {node.name for node in self._nodes.of(tier)}

        def is_there() -> bool:
            copies = self._shards.copies(state.name)
            return all(
                copy.state == "STARTED" and copy.node in names for copy in copies if copy.is_primary
            ) and not any(copy.state == "RELOCATING" for copy in copies)

        self._calls.wait_until(
            is_there,
            lambda: (
                f"{state.name} does not get to the {tier} nodes: {self._shards.why_staying(state.name)}"
            ),
        )

    def settings_for(self, tier: Tier) -> dict[str, str]:
        """What keeps an index on the nodes of ``tier``; nothing where no node is of any tier.

        Raises:
            StoreError: nodes are of tiers, but none of this one.
        """
        nodes = self._nodes.of(tier)
        if not nodes:
            raise StoreError(
                f"no node is of the tier {tier}: start one with "
                f"node.attr.{self._nodes.attribute}={tier}, or take that age out of the policy"
            )
        return {self._nodes.include: str(tier)} if any(node.tier for node in nodes) else {}

    def gather(self, state: IndexState, tier: Tier) -> None:
        """Bring a copy of every shard to one node of ``tier``, as shrinking needs it.

        Raises:
            StoreError: it takes longer than the patience.
        """
        nodes = {node.name: node for node in self._nodes.of(tier)}
        chosen = state.settings.get(_REQUIRE_NAME, "")
        if chosen not in nodes:
            copies = self._shards.copies(state.name)
            held = {name: sum(c.bytes for c in copies if c.node == name) for name in nodes}
            chosen = max(nodes, key=lambda name: (held[name], nodes[name].free_bytes))
            self._put(state.name, {_REQUIRE_NAME: chosen})

        def is_gathered() -> bool:
            copies = self._shards.copies(state.name)
            here = {c.number for c in copies if c.node == chosen and c.state == "STARTED"}
            return len(here) == state.primaries

        self._calls.wait_until(
            is_gathered,
            lambda: (
                f"the shards of {state.name} do not come together on {chosen}: "
                f"{self._shards.why_staying(state.name)}"
            ),
        )

    def replicate(self, state: IndexState, replicas: int | None, like: IndexState) -> None:
        """Set the replicas; wait until there are as many copies as ``like`` has, or as are wanted.

        So no copy is lost when one index takes the place of another, and a cluster with too few nodes
        holds nothing up.

        Args:
            replicas: copies of each shard besides the primary; None: what ``like`` has.

        Raises:
            StoreError: it takes longer than the patience.
        """
        if replicas is None:
            wanted = {
                _AUTO_EXPAND: like.settings.get(_AUTO_EXPAND, "false"), _REPLICAS: str(like.replicas)
            }  # fmt: skip
        else:
            wanted = {_AUTO_EXPAND: "false", _REPLICAS: str(replicas)}
        if wanted[_AUTO_EXPAND] != "false":
            del wanted[_REPLICAS]
        if any(state.settings.get(key) != value for key, value in wanted.items()):
            self._put(state.name, wanted)
        had = self._fewest_copies(like.name)

        def are_enough() -> bool:
            now = self._states.get(state.name)
            needed = min(had, 1 + (now.replicas if now else 0))
            return self._fewest_copies(state.name) >= needed

        self._calls.wait_until(
            are_enough, lambda: f"{state.name}: {self._shards.why_unassigned(state.name)}"
        )

    def _fewest_copies(self, name: str) -> int:
        active: dict[int, int] = {}
        for copy in self._shards.copies(name):
            active[copy.number] = active.get(copy.number, 0) + copy.is_active
        return min(active.values(), default=0)

    def _put(self, name: str, settings: dict[str, str]) -> None:
        with self._calls.changing() as client:
            client.indices.put_settings(index=name, settings=settings)
