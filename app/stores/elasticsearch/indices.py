"""Names of indices, which of them exist, and how a new one is made.

An index ``logfeed-<stream>-<period>-<generation>`` bears the alias without the generation, whose write
index is the one that new records go to.
"""

import contextlib
import re
import threading
from collections.abc import Iterable
from time import monotonic

from elasticsearch import BadRequestError, Elasticsearch

from app.domain.errors import LogfeedError
from app.domain.ports import Health
from app.domain.sharding import Partition, span_of
from app.stores.elasticsearch.cluster_words import in_words
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.templates import IndexTemplates

#: Seconds for which the list of indices is taken to be current: as long as a new record takes to
#: become searchable anyway.
CATALOG_SECONDS = 1.0
#: Seconds after which those who only write look for indices that others have made.
_REFRESH_SECONDS = 15.0


class Indices:
    """The indices of one installation.

    Args:
        active_shards: copies of a shard that a write waits for; it is only told.
    """

    def __init__(
        self,
        client: Elasticsearch,
        prefix: str,
        templates: IndexTemplates,
        active_shards: str = "1",
    ) -> None:
        self._client = client
        self._active_shards = active_shards
        self._prefix = prefix
        self._templates = templates
        self._name = re.compile(
            rf"{re.escape(prefix)}-(?P<stream>[a-z][a-z0-9_]*)-(?P<period>[^-]+)-\d{{6}}"
        )
        self._lock = threading.Lock()
        self._catalog: dict[Partition, list[str]] = {}
        self._catalog_until = 0.0
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
        """The indices of ``partitions``, newest period first."""
        catalog = self.catalog()
        return [
            name
            for partition in sorted(partitions, key=lambda part: part.period, reverse=True)
            for name in sorted(catalog.get(partition, ()), reverse=True)
        ]

    def catalog(self) -> dict[Partition, list[str]]:
        """Every partition that exists, with its indices.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        with self._lock:
            if monotonic() < self._catalog_until:
                return self._catalog
        with translated():
            answer = self._client.indices.get_alias(
                index=f"{self._prefix}-*", expand_wildcards="open,closed"
            )
        catalog: dict[Partition, list[str]] = {}
        for name in answer:
            if partition := self.partition(name):
                catalog.setdefault(partition, []).append(name)
        with self._lock:
            self._catalog, self._catalog_until = catalog, monotonic() + CATALOG_SECONDS
        return catalog

    def forget(self) -> None:
        """Read the list of indices anew the next time."""
        with self._lock:
            self._catalog_until = 0.0

    def install_templates(self) -> None:
        """Make sure that the templates are there; asks the cluster once.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        if not self._has_templates:
            self._templates.install()
            self._has_templates = True

    def elsewhere(self, partition: Partition, *, is_time_given: bool) -> tuple[str, ...]:
        """The indices, but the target, that may hold a record that is sent again; asks nobody.

        They are the older generations of its partition. A record that is stamped when it comes may have
        come before in the period before, too.
        """
        names = sorted(self._catalog.get(partition, ()))[:-1]
        if not is_time_given and (span := span_of(partition.period)):
            names += [
                name
                for other, found in self._catalog.items()
                if other.stream == partition.stream and _ends_at(other, span[0] - 1)
                for name in found
            ]
        return tuple(names)

    def target(self, partition: Partition) -> str:
        """The index that a new record of ``partition`` goes to, as far as is known; asks nobody."""
        self._refresh_soon()
        names = self._catalog.get(partition)
        return max(names) if names else f"{self.alias(partition)}-000001"

    def create(self, name: str) -> None:
        """Make the index ``name`` with its alias; harmless if somebody was faster.

        Raises:
            StoreUnavailableError: the cluster cannot be reached.
        """
        self.install_templates()
        alias = name.rpartition("-")[0]
        with translated():
            is_first = not self._client.indices.exists_alias(name=alias)
            try:
                self._client.indices.create(
                    index=name, aliases={alias: {"is_write_index": True} if is_first else {}}
                )
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
        self._note(name)

    def _note(self, name: str) -> None:
        """This index is there now."""
        partition = self.partition(name)
        with self._lock:
            if partition is not None and name not in self._catalog.get(partition, ()):
                # A new mapping, as others may be reading the old one.
                names = [*self._catalog.get(partition, ()), name]
                self._catalog = {**self._catalog, partition: names}
            self._catalog_until = 0.0

    def _refresh_soon(self) -> None:
        """Look in the background, now and then, for indices that other processes have made."""
        now = monotonic()
        if now < self._refresh_at:
            return
        self._refresh_at = now + _REFRESH_SECONDS
        threading.Thread(target=self._refresh, name="catalog", daemon=True).start()

    def _refresh(self) -> None:
        self.forget()
        with contextlib.suppress(LogfeedError):  # the next time, then
            self.catalog()

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
        """Whether the cluster answers, has all primaries, and knows the templates; never raises."""
        # Every failure is an answer here, so the broad except is the point.
        try:
            with translated():
                found = self._client.cluster.health(timeout="5s")
            missing = self._templates.missing()
        except Exception as error:  # noqa: BLE001
            return Health(is_ready=False, detail=str(error))
        if missing:
            return Health(is_ready=False, detail=f"templates are missing: {', '.join(missing)}")
        return Health(found["status"] != "red", in_words(found.body, self._active_shards))


def _ends_at(partition: Partition, instant: int) -> bool:
    span = span_of(partition.period)
    return span is not None and span[1] == instant
