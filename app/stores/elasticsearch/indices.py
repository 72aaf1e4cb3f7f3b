"""Names of indices, which of them exist, and how a new one is made.

An index ``logfeed-<stream>-<period>-<generation>`` bears the alias without the generation. Searches ask
the alias, so that a copy takes the place of its original in one step; records are written to the
generation that is the alias's write index. One that was closed for writing never is again: what comes
late to its period goes to a new generation. A copy is named like its original, and ``-warm`` behind it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple, TypeAlias

from elasticsearch import BadRequestError, Elasticsearch

from app.domain.ports import Health
from app.domain.sharding import Partition, span_of
from app.stores.elasticsearch.cluster_words import in_words
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.placement import hot_placement
from app.stores.elasticsearch.refreshed import Refreshed
from app.stores.elasticsearch.templates import IndexTemplates

#: Seconds for which the list of indices is taken to be current: as long as a new record takes to
#: become searchable anyway. For some seconds more it is given while it is read anew, as a search would
#: wait for that as long as for Elasticsearch's answer.
CATALOG_SECONDS, _STALE_SECONDS = 1.0, 3.0
#: Seconds after which those who only write look for indices that others have made.
_REFRESH_SECONDS = 15.0


class Generation(NamedTuple):
    """One index of a partition.

    Attributes:
        base: the name that it was made under, and its original's if it is a copy; whoever asks for it
            finds the one or the other.
        name: of the concrete index.
        takes_records: new records of the partition go to it.
    """

    base: str
    name: str
    takes_records: bool

    @property
    def number(self) -> int:
        """Of the generation, from 1."""
        return int(self.base[-6:])


#: Every partition that exists, with its generations in rising order.
Catalog: TypeAlias = Mapping[Partition, Sequence[Generation]]


class Indices:
    """The indices of one installation.

    Args:
        active_shards: copies of a shard that a write waits for; it is only told.
        tier_attribute: of nodes, which tells whether one is for new indices (see ``hot_placement``).
    """

    def __init__(
        self,
        client: Elasticsearch,
        prefix: str,
        templates: IndexTemplates,
        active_shards: str = "1",
        tier_attribute: str = "tier",
    ) -> None:
        self._tier_attribute = tier_attribute
        self._client = client
        self._active_shards = active_shards
        self._prefix = prefix
        self._templates = templates
        self._name = re.compile(
            rf"(?P<base>{re.escape(prefix)}-(?P<stream>[a-z][a-z0-9_]*)-(?P<period>[^-]+)-\d{{6}})"
            r"(?:-[a-z][a-z0-9]*)?"
        )
        nothing: Catalog = {}
        self._catalog = Refreshed(nothing, self._read, fresh=CATALOG_SECONDS, stale=_STALE_SECONDS)
        self._refresh_at = monotonic() + _REFRESH_SECONDS
        self._has_templates = False

    def alias(self, partition: Partition) -> str:
        """The name that records of ``partition`` are written to."""
        return f"{self._prefix}-{partition.stream}-{partition.period}"

    def partition(self, name: str) -> Partition | None:
        """The partition that an index of this name belongs to; None if it is none for records."""
        match = self._name.fullmatch(name)
        return Partition(match["stream"], match["period"]) if match else None

    def names(self, partitions: Iterable[Partition]) -> list[str]:
        """The concrete indices of ``partitions``, newest period first."""
        catalog = self.catalog()
        return [
            generation.name
            for partition in sorted(partitions, key=lambda part: part.period, reverse=True)
            for generation in reversed(catalog.get(partition, ()))
        ]

    def catalog(self) -> Catalog:
        """Every partition that exists, with its generations.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        return self._catalog.get()

    def _read(self) -> Catalog:
        with translated():
            found = self._client.indices.get_alias(
                index=f"{self._prefix}-*", expand_wildcards="open,closed"
            )
        return self._catalog_of(found.body)

    def _catalog_of(self, answer: Mapping[str, Any]) -> Catalog:
        catalog: dict[Partition, list[Generation]] = {}
        for name, found in answer.items():
            match = self._name.fullmatch(name)
            if match is None:
                continue
            partition = Partition(match["stream"], match["period"])
            # Without its partition's alias it is a copy in the making, or one's original.
            alias = found["aliases"].get(self.alias(partition))
            if alias is not None:
                takes_records = bool(alias.get("is_write_index", False))
                generation = Generation(match["base"], name, takes_records)
                catalog.setdefault(partition, []).append(generation)
        for generations in catalog.values():
            generations.sort()
        return catalog

    def forget(self) -> None:
        """Read the list of indices anew the next time."""
        self._catalog.forget()

    def install_templates(self) -> None:
        """Make sure that the templates are there; asks the cluster once.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        if not self._has_templates:
            self._templates.install()
            self._has_templates = True

    def elsewhere(self, partition: Partition, *, is_time_given: bool) -> tuple[str, ...] | None:
        """The indices, but the target, that may hold a record that is sent again; asks nobody.

        None where that is not known: a record that is stamped when it comes may have come before in the
        period before, whose index may be newer than this list.
        """
        if not is_time_given and not self._catalog.is_fresh:
            return None
        target = self._target(self._catalog.last, partition)
        found = self.wherever(partition, is_time_given=is_time_given)
        return tuple(name for name in found if name != target)

    def wherever(self, partition: Partition, *, is_time_given: bool) -> tuple[str, ...]:
        """All indices that may hold such a record, by the list that was read last; asks nobody.

        They are the generations of its partition, and those of the period before where it has no time
        of its own.
        """
        catalog = self._catalog.last
        found = list(catalog.get(partition, ()))
        if not is_time_given and (span := span_of(partition.period)):
            found += [
                one
                for other, generations in catalog.items()
                if other.stream == partition.stream and _ends_at(other, span[0] - 1)
                for one in generations
            ]
        # By both names of a copy: this list may be older than the moment in which it took its place.
        return tuple(dict.fromkeys(name for one in found for name in (one.base, one.name)))

    def read_anew(self) -> None:
        """Read the list of indices, however current it is.

        Raises:
            LogfeedError: it cannot be read now.
        """
        self._catalog.renew()

    def target(self, partition: Partition) -> str:
        """The index that a new record of ``partition`` goes to, as far as is known; asks nobody.

        It may have to be made.
        """
        self._refresh_soon()
        return self._target(self._catalog.last, partition)

    def successor(self, name: str) -> str | None:
        """The index for records that were bound for ``name``, which was closed for writing for good.

        None if it was not: somebody has blocked it, and may unblock it.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        match = self._name.fullmatch(name)
        if match is None:
            return None
        self.forget()
        catalog = self.catalog()
        partition = Partition(match["stream"], match["period"])
        takes_records = any(
            one.takes_records for one in catalog.get(partition, ()) if one.base == match["base"]
        )
        if takes_records or partition not in catalog:
            return None
        return self._target(catalog, partition)

    def _target(self, catalog: Catalog, partition: Partition) -> str:
        generations = catalog.get(partition, ())
        for one in reversed(generations):
            if one.takes_records:
                return one.name
        number = generations[-1].number + 1 if generations else 1
        return f"{self.alias(partition)}-{number:06d}"

    def create(self, name: str) -> None:
        """Make the index ``name`` with its alias; harmless if somebody was faster.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        self.install_templates()
        alias = name.rpartition("-")[0]
        with translated():
            takes_records = not self._has_write_index(alias)
            placement = hot_placement(self._client, self._tier_attribute)
            try:
                self._client.indices.create(
                    index=name,
                    aliases={alias: {"is_write_index": takes_records}},
                    settings=placement,
                )
            except BadRequestError as error:
                # Somebody may have been faster with it, or with another one, and there can be only one.
                if error.error != "resource_already_exists_exception":
                    if not self._has_write_index(alias):
                        raise
                    aliases = {alias: {"is_write_index": False}}
                    self._client.indices.create(index=name, aliases=aliases, settings=placement)
        self.forget()
        self.catalog()

    def _has_write_index(self, alias: str) -> bool:
        found = self._client.options(ignore_status=404).indices.get_alias(name=alias)
        if found.meta.status == 404:
            return False
        return any(one["aliases"][alias].get("is_write_index") for one in found.body.values())

    def _refresh_soon(self) -> None:
        """Look in the background, now and then, for indices that other processes have made."""
        now = monotonic()
        if now < self._refresh_at:
            return
        self._refresh_at = now + _REFRESH_SECONDS
        self._catalog.refresh()

    def create_plain(self, name: str) -> None:
        """Make an index that is not rolled, unless it is there.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        self.install_templates()
        with translated():
            if self._client.indices.exists(index=name):
                return
            try:
                self._client.indices.create(index=name)
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise

    def health(self) -> Health:
        """Whether the cluster answers, has all our primaries, and knows the templates; never raises."""
        # Every failure is an answer here, so the broad except is the point.
        try:
            with translated():
                # What other programs keep in the same cluster does not count.
                found = self._client.cluster.health(index=f"{self._prefix}-*", timeout="5s")
            missing = self._templates.missing()
        except Exception as error:  # noqa: BLE001
            return Health(is_ready=False, detail=str(error))
        if missing:
            return Health(is_ready=False, detail=f"templates are missing: {', '.join(missing)}")
        return Health(found["status"] != "red", in_words(found.body, self._active_shards))


def _ends_at(partition: Partition, instant: int) -> bool:
    span = span_of(partition.period)
    return span is not None and span[1] == instant
