"""Indices as the cluster's metadata shows them, with what the lifecycle has noted of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from elasticsearch import NotFoundError

from app.domain.lifecycle import Tier
from app.domain.sharding import Partition
from app.stores.elasticsearch.lifecycle.calls import Calls
from app.stores.elasticsearch.lifecycle.names import IndexName, Names

#: What is noted of an index in its mapping's ``_meta``: it travels with copies and snapshots, and
#: vanishes with the index.
Note: TypeAlias = dict[str, str | int]
_NOTE = "logfeed"
_MILLISECOND = 1_000_000


@dataclass(frozen=True)
class IndexState:
    """One index of records.

    Attributes:
        says: what its name says.
        settings: flat, as Elasticsearch has them: ``index.codec``.
        aliases: by name, with ``is_write_index`` where it was set.
        meta: all of its mapping's ``_meta``.
    """

    name: str
    says: IndexName
    settings: Mapping[str, str]
    aliases: Mapping[str, Mapping[str, Any]]
    meta: Mapping[str, Any]

    @property
    def note(self) -> Note:
        """What the lifecycle has noted of it."""
        return dict(self.meta.get(_NOTE, {}))

    def noted_number(self, key: str) -> int | None:
        """A number in the note; None if there is none."""
        value = self.meta.get(_NOTE, {}).get(key)
        return value if isinstance(value, int) else None

    def noted_text(self, key: str) -> str | None:
        """A text in the note; None if there is none."""
        value = self.meta.get(_NOTE, {}).get(key)
        return value if isinstance(value, str) else None

    @property
    def uuid(self) -> str:
        """Tells it from another of the same name."""
        return self.settings["index.uuid"]

    @property
    def created_at(self) -> int:
        """When it, or the original that it is a copy of, was made; nanoseconds."""
        made = int(self.settings["index.creation_date"]) * _MILLISECOND
        return self.noted_number("created_at") or made

    @property
    def tier(self) -> Tier:
        """As it was moved last."""
        noted = self.noted_text("tier")
        return Tier(noted) if noted in set(Tier) else Tier.HOT

    @property
    def primaries(self) -> int:
        """Shards."""
        return int(self.settings["index.number_of_shards"])

    @property
    def replicas(self) -> int:
        """Copies of each shard that it should have."""
        return int(self.settings["index.number_of_replicas"])

    @property
    def codec(self) -> str:
        """Of its stored fields."""
        return self.settings.get("index.codec", "default")

    @property
    def is_write_blocked(self) -> bool:
        """It takes no records."""
        return self.settings.get("index.blocks.write") == "true"

    @property
    def is_flooded(self) -> bool:
        """Elasticsearch has blocked it because a disk is nearly full."""
        return self.settings.get("index.blocks.read_only_allow_delete") == "true"


class States:
    """Reads and notes them."""

    def __init__(self, calls: Calls, names: Names) -> None:
        self._calls = calls
        self._names = names

    def all(self) -> dict[str, IndexState]:
        """Every index of records, by name; open, closed, red."""
        return self._read(self._names.records)

    def of(self, partition: Partition) -> dict[str, IndexState]:
        """The generations of a partition, and their copies, by name."""
        found = self._read(f"{self._names.alias(partition)}-*")
        return {name: state for name, state in found.items() if state.says.partition == partition}

    def get(self, name: str) -> IndexState | None:
        """The index of this very name; None if there is none, or only an alias."""
        return self._read(name).get(name)

    def is_searched(self, state: IndexState) -> bool:
        """Whether it bears the alias of its partition."""
        return self._names.alias(state.says.partition) in state.aliases

    def is_write_index(self, state: IndexState) -> bool:
        """Whether its partition's alias sends new records to it."""
        entry = state.aliases.get(self._names.alias(state.says.partition))
        return entry is not None and entry.get("is_write_index") is True

    def keep(self, name: str, changes: Mapping[str, str | int | None]) -> None:
        """Note ``changes`` of an index; None removes one. Nothing is sent if they are noted already."""
        state = self.get(name)
        if state is None:
            return
        note = {key: value for key, value in {**state.note, **changes}.items() if value is not None}
        if note != state.note:
            with self._calls.changing() as client:
                # Elasticsearch replaces `_meta` as a whole.
                client.indices.put_mapping(index=name, meta={**state.meta, _NOTE: note})

    def _read(self, pattern: str) -> dict[str, IndexState]:
        with self._calls.asking() as client:
            try:
                found = client.indices.get(
                    index=pattern, flat_settings=True, expand_wildcards=["open", "closed"],
                    filter_path="*.aliases,*.mappings._meta,*.settings",
                )  # fmt: skip
            except NotFoundError:
                return {}
        states = {}
        for name, body in found.items():
            if says := self._names.read(name):
                meta = body.get("mappings", {}).get("_meta", {})
                states[name] = IndexState(
                    name, says, body["settings"], body.get("aliases", {}), meta
                )
        return states
