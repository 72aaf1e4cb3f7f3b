"""A corner of a real cluster with indices of records in it, and an admin that looks after them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch

from app.domain.lifecycle import IndexFacts
from app.domain.sharding import Partition
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lifecycle.admin import ElasticsearchAdmin, LifecycleOptions
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.elasticsearch.templates import IndexTemplates

DAY = Partition("default", "2026.01.05")
#: Far longer than anything here takes; a test of what never comes gives less.
PATIENCE = 120.0
_SECOND = 1_000_000_000


@dataclass
class Corner:
    """Attributes:
    now: the wall clock of the admin, which moves by hand.
    """

    client: Elasticsearch
    prefix: str
    now: int = 1_800_000_000 * _SECOND
    indices: Indices = field(init=False)

    def __post_init__(self) -> None:
        self.indices = Indices(self.client, self.prefix, IndexTemplates(self.client, self.prefix))

    def admin(
        self,
        client: Elasticsearch | None = None,
        guard: Callable[[], None] = lambda: None,
        options: LifecycleOptions | None = None,
    ) -> ElasticsearchAdmin:
        """An admin of its own, as a process that has just started has it."""
        client = client or self.client
        indices = Indices(client, self.prefix, IndexTemplates(client, self.prefix))
        return ElasticsearchAdmin(
            client,
            self.prefix,
            indices,
            ElasticsearchStateStore(client, self.prefix, indices),
            lambda: self.now,
            options or LifecycleOptions(patience=PATIENCE),
            guard,
        )

    def wait(self, seconds: int) -> None:
        """Let time go by."""
        self.now += seconds * _SECOND

    def alias(self, partition: Partition = DAY) -> str:
        """What searches of the partition ask."""
        return f"{self.prefix}-{partition.stream}-{partition.period}"

    def name(self, partition: Partition = DAY, generation: int = 1) -> str:
        """The index of that generation."""
        return f"{self.alias(partition)}-{generation:06d}"

    def make(
        self,
        records: int = 30,
        partition: Partition = DAY,
        generation: int = 1,
        settings: dict[str, Any] | None = None,
    ) -> str:
        """A hot index with so many records; returns its name."""
        self.indices.install_templates()
        name = self.name(partition, generation)
        self.client.indices.create(
            index=name,
            aliases={self.alias(partition): {"is_write_index": True}},
            settings=settings or {},
        )
        if records:
            operations: list[dict[str, Any]] = []
            for number in range(records):
                operations += [
                    {"create": {"_id": f"{generation}-{number}"}},
                    {
                        "timestamp": f"2026-01-05T10:00:{number % 60:02d}.123456789Z",
                        "level": "INFO",
                        "service": "shop",
                        "message": f"order {number} " * 20,
                        "ingest_sequence": 1_767_607_200_000_000_000 + number,
                    },
                ]
            answer = self.client.bulk(index=name, operations=operations, refresh=True)
            assert not answer["errors"], answer
        return name

    def facts(self, name: str) -> IndexFacts:
        """What is known of the index of this name."""
        return next(found for found in self.admin().facts().indices if found.name == name)

    def names(self) -> set[str]:
        """All indices of records."""
        return {found.name for found in self.admin().facts().indices}

    def ids(self, partition: Partition = DAY) -> list[str]:
        """The ids that a search of the partition finds, each as often as it is found."""
        self.client.indices.refresh(index=self.alias(partition))
        return listed(self.client, self.alias(partition))

    def move_to(self, name: str, changes: Iterable[tuple[str, Any]]) -> None:
        """Change settings of an index."""
        self.client.indices.put_settings(index=name, settings=dict(changes))


def listed(client: Elasticsearch, alias: str) -> list[str]:
    """All ids that one search of ``alias`` finds, sorted."""
    answer = client.search(
        index=alias, size=10_000, source=False, track_total_hits=True, sort=["_doc"],
        allow_partial_search_results=False,
    )  # fmt: skip
    hits = answer["hits"]
    assert hits["total"]["value"] == len(hits["hits"])
    return sorted(str(hit["_id"]) for hit in hits["hits"])


def expected(records: int = 30, generation: int = 1) -> list[str]:
    """The ids of the records of a generation, sorted."""
    return sorted(f"{generation}-{number}" for number in range(records))
