"""Changes to indices on a real cluster, as the lifecycle's executor asks for them."""

from collections.abc import Callable
from dataclasses import dataclass

from elasticsearch import Elasticsearch

from app.domain.errors import StoreError
from app.domain.lifecycle import ClusterFacts, IndexFacts, Tier
from app.domain.ports import Clock, StateStore
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lifecycle.archives import Archives
from app.stores.elasticsearch.lifecycle.archiving import Archiving
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.cleaning import Cleaning
from app.stores.elasticsearch.lifecycle.closing import Closing
from app.stores.elasticsearch.lifecycle.facts import FactsReader
from app.stores.elasticsearch.lifecycle.names import Names
from app.stores.elasticsearch.lifecycle.nodes import Nodes
from app.stores.elasticsearch.lifecycle.placing import Placing
from app.stores.elasticsearch.lifecycle.repository import Repository
from app.stores.elasticsearch.lifecycle.restoring import Restoring
from app.stores.elasticsearch.lifecycle.shards import Shards
from app.stores.elasticsearch.lifecycle.states import States
from app.stores.elasticsearch.lifecycle.warming import Warming


@dataclass(frozen=True)
class LifecycleOptions:
    """What an operator can choose.

    Attributes:
        attribute: of nodes, which tells the tier: ``tier`` for ``node.attr.tier``.
        archive_location: folder of the archive, where no repository was registered; empty: one named
            like the repository, below the nodes' ``path.repo``.
        patience: seconds that one step is waited for.
    """

    attribute: str = "tier"
    archive_location: str = ""
    patience: float = 600.0


class ElasticsearchAdmin:
    """The indices of one installation.

    Every method can be repeated, and taken up after it died anywhere. Raises ``StoreUnavailableError``
    where the cluster does not answer, ``StoreError`` where something cannot be done, and what ``guard``
    raises.

    Args:
        guard: is called before every change.
    """

    def __init__(
        self,
        client: Elasticsearch,
        prefix: str,
        indices: Indices,
        state: StateStore,
        clock: Clock,
        options: LifecycleOptions = LifecycleOptions(),
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        self._calls = calls = Calls(client, guard, options.patience)
        self._indices = indices
        self._names = names = Names(prefix)
        self._states = states = States(calls, names)
        shards, nodes = Shards(calls), Nodes(calls, options.attribute)
        self._placing = Placing(calls, states, shards, nodes)
        self._closing = Closing(calls, names, states, nodes, indices)
        self._warming = Warming(
            calls, names, states, shards, nodes, self._closing, self._placing, clock
        )
        self._cleaning = Cleaning(calls, states, clock)
        self._repository = Repository(calls, names, options.archive_location)
        self._archives = Archives(calls, names, self._repository, state)
        self._restoring = Restoring(
            calls, names, states, shards, nodes, self._placing, self._repository
        )
        self._archiving = Archiving(states, self._closing, self._repository, self._restoring)
        self._facts = FactsReader(calls, names, states, shards, nodes, self._archives)

    def facts(self) -> ClusterFacts:
        """All that a plan is made of, read now."""
        return self._facts.read()

    def roll_over(self, index: IndexFacts) -> None:
        """Block writes to ``index``, then make the next generation and let new records go there."""
        self._closing.roll_over(index)

    def close_for_writing(self, index: IndexFacts) -> None:
        """Block writes to ``index``; whoever writes to its period next makes the next generation."""
        self._closing.close(index.name)

    def warm(self, index: IndexFacts, replicas: int | None) -> None:
        """Move, recompress, shrink and merge it; searches go on meanwhile."""
        self._warming.warm(index, replicas)

    def move(self, index: IndexFacts, tier: Tier, replicas: int | None) -> None:
        """Move it to the nodes of ``tier``, if there are any, and note the tier."""
        state = self._states.get(index.name)
        if state is None:
            raise StoreError(f"{index.name} is gone")
        self._placing.move(state, tier)
        if replicas is not None:
            self._placing.replicate(state, replicas, like=state)
        self._states.keep(index.name, {"tier": str(tier)})

    def archive(self, index: IndexFacts) -> None:
        """Take a snapshot of it and verify that by restoring it."""
        self._archiving.archive(index)

    def restore(self, snapshot: str, until: int) -> None:
        """Make the index in a snapshot searchable again, to be deleted after ``until``."""
        self._restoring.restore(snapshot, until)

    def mark(self, target: str, at: int | None) -> None:
        """Note that an index or snapshot is to be deleted, since ``at``; None: it is not."""
        if self._states.get(target) is not None:
            self._states.keep(target, {"marked_at": at})
        elif self._repository.get(target) is not None or at is None:
            self._archives.mark(target, at)
        else:
            raise StoreError(f"{target} is gone")

    def delete(self, index: IndexFacts) -> None:
        """Delete it, by its full name; harmless if it is gone.

        What a recompression has left of it, which holds the same records, goes with it.
        """
        family = self._states.of(index.partition)
        left = [
            name
            for name, state in family.items()
            if state.says.base == index.base
            and name != index.name
            and not self._states.is_searched(state)
        ]
        is_searched = index.name in family and self._states.is_searched(family[index.name])
        # The leftovers first: without the index nobody would know what they are.
        for name in [*(left if is_searched else ()), index.name]:
            # Not by an alias, and never by a pattern, which the name of no index is.
            if name in family:
                with self._calls.changing() as client:
                    client.options(ignore_status=404).indices.delete(
                        index=name, expand_wildcards="none", allow_no_indices=False
                    )

    def delete_archive(self, snapshot: str) -> None:
        """Delete a snapshot, by its full name; harmless if it is gone."""
        self._archives.delete(snapshot)

    def clean_up(self, index: IndexFacts) -> None:
        """Remove an index that nobody searches: a left original or an unfinished copy."""
        self._cleaning.clean_up(index)

    def note(self, document: dict[str, str | int | None]) -> None:
        """Add a document to the audit index."""
        self._calls.guard()
        self._indices.create_plain(self._names.audit)
        with self._calls.changing() as client:
            client.index(index=self._names.audit, document=document, refresh=False)
