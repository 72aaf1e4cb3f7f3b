"""Which Elasticsearch is used: the one that was named, else a local node."""

import dataclasses

from app.engine.config import NodeConfig


@dataclasses.dataclass(frozen=True)
class External:
    """A cluster that someone else runs; nothing is fetched or started for it."""


@dataclasses.dataclass(frozen=True)
class Local:
    """A node that we fetch, start and stop."""

    config: NodeConfig


Engine = External | Local


def resolve(elasticsearch_url: str, local: NodeConfig) -> Engine:
    """The engine to use; ``elasticsearch_url`` is empty where none was named."""
    return External() if elasticsearch_url else Local(local)
