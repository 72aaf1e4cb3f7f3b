"""Copies what a peer takes, by position.

An operation's sequence number rises within a shard. Below the global checkpoint nothing is in flight any
more, so that a page up to there, read after a refresh, skips nothing that turns up later.
"""

from dataclasses import dataclass, field

import structlog
from msgspec import Raw

from app.domain.errors import StoreError
from app.domain.page_size import PageSize
from app.domain.ports import Clock
from app.domain.regions import Lag
from app.stores.elasticsearch.replication.delivery import Delivery, Parcel
from app.stores.elasticsearch.replication.positions import Position, Positions
from app.stores.elasticsearch.replication.raw import Hit
from app.stores.elasticsearch.replication.site import Site, SourceIndex

#: Records of a page.
_FIRST_PAGE, _MOST_PAGE = 200, 2_000

_log = structlog.get_logger(__name__)


@dataclass
class _Way:
    """One shard that is being copied.

    Attributes:
        until: where the page that is under way ends.
        waits_since: arrival of the oldest record of that page, nanoseconds since the epoch.
    """

    parcel: Parcel
    until: int
    waits_since: int


@dataclass
class Progress:
    """How far one peer has been copied.

    Attributes:
        looked_at: when the peer last answered what it has; 0 before.
        oldest: arrival of the oldest record that is known to be missing; 0 if there is none.
        is_current: the last look succeeded.
        copied: how many records were stored here.
    """

    records: int = 0
    looked_at: int = 0
    oldest: int = 0
    is_current: bool = False
    copied: int = 0

    def lag(self, now: int) -> Lag:
        """The lag at ``now``; while the peer is away, what came after the last look may be missing."""
        if self.is_current and not self.records:
            return Lag()
        since = self.oldest or self.looked_at
        return Lag(self.records, max(now - since, 0) / 1e9 if since else 0.0)


@dataclass
class Copier:
    """Copies from ``source`` to ``target``; used by one thread.

    Args:
        asks_first: read the ids of a page first, and then only the records that are missing here. Where
            both sides take writes, half of what the peer has came from here: it is named once, and not
            sent back.
    """

    source: Site
    target: Site
    positions: Positions
    delivery: Delivery
    clock: Clock
    asks_first: bool
    progress: Progress = field(default_factory=Progress)
    _ways: dict[tuple[str, int], _Way] = field(default_factory=dict)
    _size: PageSize = field(default_factory=lambda: PageSize(_FIRST_PAGE, _MOST_PAGE))

    def round(self) -> bool:
        """Go on with every shard that is behind; True if there is more to do at once.

        Raises:
            StoreUnavailableError: the peer or the own cluster cannot be asked now.
        """
        self.progress.is_current = False
        self._settle()
        looked_at = self.clock()
        indices = self.source.source_indices()
        behind = [(index, self.positions.of(index)) for index in indices]
        behind = [(index, position) for index, position in behind if position.behind(index)]
        if behind:
            self.source.refresh([index.name for index, _ in behind])
            self.target.indices.forget()
            self.target.indices.catalog()
        for index, position in behind:
            self._advance(index, position)
        for index in indices:
            position = self.positions.of(index)
            if not position.behind(index):
                position.documents = index.documents
        self.progress.records = sum(position.behind(index) for index, position in behind)
        self.progress.looked_at, self.progress.is_current = looked_at, True
        self.progress.oldest = min((way.waits_since for way in self._ways.values()), default=0)
        self.positions.save(indices)
        return bool(self._ways) or self.progress.records > 0

    @property
    def is_waiting(self) -> bool:
        """Whether something is on its way here."""
        return bool(self._ways)

    def _advance(self, index: SourceIndex, position: Position) -> None:
        for shard, end in sorted(index.checkpoints.items()):
            key = (index.uuid, shard)
            # One page of a shard at a time: a position must not pass what is not stored yet.
            if key in self._ways or position.of(shard) >= end or self.delivery.is_full:
                continue
            try:
                hits = self._page(index, shard, position.of(shard), end)
            except StoreError as error:
                _log.info("index_gone", index=index.name, reason=str(error))
                return
            until = hits[-1].sort[0] if len(hits) == self._size.records else end
            records = self._missing(index, hits) if self.asks_first else _sources(hits)
            size = sum(len(bytes(raw)) for _, raw in records)
            self._size.adapt(self._size.records, len(records), size)
            if not records:
                position.shards[shard] = until
                continue
            parcel = self.delivery.submit(index.partition, records)
            self._ways[key] = _Way(parcel, until, _arrival(hits))

    def _page(self, index: SourceIndex, shard: int, after: int, until: int) -> list[Hit]:
        return self.source.reader.search(
            index.name,
            {
                "size": self._size.records,
                "query": {"range": {"_seq_no": {"gt": after, "lte": until}}},
                "sort": [{"_seq_no": "asc"}],
                "track_total_hits": False,
                "_source": not self.asks_first,
                "docvalue_fields": ["ingest_sequence"],
            },
            preference=f"_shards:{shard}",
        )

    def _missing(self, index: SourceIndex, hits: list[Hit]) -> list[tuple[str, Raw]]:
        """The records of a page that this side does not have."""
        ids = [hit.id for hit in hits]
        here = self.target.indices.names([index.partition])
        absent = self.target.reader.absent(ids, here)
        wanted = [own for own in ids if own in absent]
        return self.source.reader.fetch(index.name, wanted) if wanted else []

    def _settle(self) -> None:
        """Move the positions past what is stored."""
        for key, way in list(self._ways.items()):
            if way.parcel.is_done:
                del self._ways[key]
                self.positions.reached(*key, way.until)
                self.progress.copied += way.parcel.created


def _sources(hits: list[Hit]) -> list[tuple[str, Raw]]:
    return [(hit.id, hit.source) for hit in hits]


def _arrival(hits: list[Hit]) -> int:
    return min((hit.fields["ingest_sequence"][0] for hit in hits if hit.fields), default=0)
