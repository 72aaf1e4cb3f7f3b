"""One cluster of several, with all that copying from it and to it needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from app.domain.errors import StoreUnavailableError
from app.domain.sharding import Partition
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.replication.raw import RawReader
from app.stores.elasticsearch.shipper import Shipper

_COPY = re.compile(r"(?P<base>.+-\d{6})-[a-z0-9_]+")


@dataclass(frozen=True)
class SourceIndex:
    """An index of records, as far as copying from it is concerned.

    Attributes:
        uuid: of this index and no other, whatever its name.
        base: the name of the index whose copy it is, by recompression; its own name where it is none.
        documents: records in it that are searchable.
        checkpoints: for each shard, up to where all of its operations are done, on every copy.
    """

    uuid: str
    name: str
    base: str
    partition: Partition
    documents: int
    checkpoints: Mapping[int, int]


@dataclass(frozen=True)
class Site:
    """A region's cluster.

    Attributes:
        indices: names and makes its indices.
        shipper: stores records in it.
    """

    region: str
    client: Elasticsearch
    reader: RawReader
    prefix: str
    indices: Indices
    shipper: Shipper

    def partitions(self) -> dict[Partition, list[str]]:
        """Every partition with its indices, oldest generation first.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        found: dict[Partition, list[str]] = {}
        for name, partition in self._named().items():
            found.setdefault(partition, []).append(name)
        return {partition: sorted(names) for partition, names in found.items()}

    def source_indices(self) -> list[SourceIndex]:
        """Every index whose records are to be copied; one that is just being made is none yet.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        named = self._named()
        with translated():
            answer = self.client.indices.stats(
                index=f"{self.prefix}-*",
                metric="docs",
                level="shards",
                filter_path=(
                    "indices.*.uuid,indices.*.primaries.docs.count,indices.*.shards.*.routing.primary,"
                    "indices.*.shards.*.seq_no.global_checkpoint"
                ),
            )
        return [
            SourceIndex(
                uuid=stats["uuid"],
                name=name,
                base=base_of(name),
                partition=named[name],
                documents=stats.get("primaries", {}).get("docs", {}).get("count", 0),
                checkpoints=_checkpoints(stats.get("shards", {})),
            )
            for name, stats in answer.get("indices", {}).items()
            if name in named
        ]

    def refresh(self, names: list[str]) -> None:
        """Make what these indices hold searchable, on every copy.

        Raises:
            StoreUnavailableError: a copy did not.
        """
        for at in range(0, len(names), 50):
            with translated():
                answer = self.client.indices.refresh(
                    index=names[at : at + 50], ignore_unavailable=True
                )
            if answer.get("_shards", {}).get("failed"):
                raise StoreUnavailableError("not every shard could be refreshed")

    def _named(self) -> dict[str, Partition]:
        """The indices that are searched, by the alias of their partition."""
        pattern = re.compile(rf"{re.escape(self.prefix)}-([a-z][a-z0-9_]*)-([^-]+)")
        with translated():
            try:
                answer = self.client.indices.get_alias(index=f"{self.prefix}-*")
            except NotFoundError:
                return {}
        return {
            name: Partition(match[1], match[2])
            for name, found in answer.items()
            for alias in found["aliases"]
            if (match := pattern.fullmatch(alias))
        }


def base_of(name: str) -> str:
    """The name of the index that ``name`` is a copy of, or ``name``."""
    match = _COPY.fullmatch(name)
    return match["base"] if match else name


def _checkpoints(shards: Mapping[str, Any]) -> dict[int, int]:
    return {
        int(number): copy["seq_no"]["global_checkpoint"]
        for number, copies in shards.items()
        for copy in copies
        if copy["routing"]["primary"] and "seq_no" in copy
    }
