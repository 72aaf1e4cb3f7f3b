"""``RecordReader`` on Elasticsearch: ``search_after`` in the total order, without any state.

Records never change, so a place in their order is all that is needed to go on; no point in time is
held, which would keep segments and a context of every shard.
"""

from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch

from app.domain.entry import LogEntry
from app.domain.errors import StoreError
from app.domain.filters import CompositeFilter, Filter, TimeRangeFilter
from app.domain.query import RESULT_WINDOW
from app.domain.reading import Cancellation, Position, RawPage, Stretch
from app.stores.elasticsearch.answers import Answer, Hit, Positions, records_of
from app.stores.elasticsearch.documents import from_hit
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.lookup import find_document
from app.stores.elasticsearch.searching import NEWEST, OLDEST, Searcher

_LEAST, _MOST = -(2**63), 2**63 - 1


class ElasticsearchReader:
    """Reads records as they lie in ``_source``.

    Args:
        exact_total: up to how many records that match are counted; beyond it a total is a lower bound.
    """

    def __init__(
        self, client: Elasticsearch, indices: Indices, searcher: Searcher, exact_total: int
    ) -> None:
        self._client = client
        self._indices = indices
        self._searcher = searcher
        self._exact_total = exact_total

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        """The records that ``stretch`` asks for; fewer, if the time ran out."""
        behind_it, body = _behind(stretch), self._body(stretch)
        window = _Window(stretch)
        while True:
            span = {"from": window.first, "size": window.size}
            answer, reach = self._searcher.ask_undecoded(behind_it, body | span, cancellation)
            hits = _in_order(answer.hits.hits, newest_first=stretch.newest_first)
            if answer.timed_out or window.is_settled_by(hits):
                break
            window.widen()
        shown, has_more = window.cut(hits)
        total, is_exact = _total(answer) if stretch.counts else (None, True)
        # The deepest page by offset cannot see what lies behind it.
        has_more = has_more or (total or 0) > stretch.offset + len(shown) >= RESULT_WINDOW
        behind = shown[-1].position if shown and has_more and not answer.timed_out else None
        if stretch.last_sequence is not None:
            shown = [hit for hit in shown if hit.sort[1] <= stretch.last_sequence]
        return RawPage(
            records_of(shown),
            Positions(shown),
            behind,
            total,
            is_total_exact=is_exact and not answer.timed_out,
            is_partial=answer.timed_out,
            reach=reach,
        )

    def find(self, id: str) -> tuple[LogEntry, Position] | None:
        """The record of this id; of several, that of the newest period."""
        found = find_document(self._client, self._indices, id)
        if found is None:
            return None
        entry = from_hit(found)
        sequence = int(found["_source"].get("ingest_sequence", 0))
        return entry, Position(entry.timestamp_ns, sequence, id)

    def last_sequence(self, filter: Filter) -> int | None:
        """The highest number under which a record that matches came in."""
        # By sorting: an aggregation hands the number over as a double, which cannot hold it.
        (answer,), _ = self._searcher.ask(
            filter, {"size": 1, "sort": [{"ingest_sequence": "desc"}], "track_total_hits": False}
        )
        hits = answer["hits"]["hits"]
        return int(hits[0]["sort"][0]) if hits else None

    def _body(self, stretch: Stretch) -> dict[str, Any]:
        body: dict[str, Any] = {
            "sort": NEWEST if stretch.newest_first else OLDEST,
            "track_total_hits": self._exact_total if stretch.counts else False,
        }
        if stretch.after is not None:
            # From the first record of the same instant and number on: the order of ids is ours.
            at, sequence, _ = stretch.after
            step = 1 if stretch.newest_first else -1
            body["search_after"] = [at, min(max(sequence + step, _LEAST), _MOST)]
        return body


class _Window:
    """Which hits to ask for, so that the total order of a page is known.

    Elasticsearch sorts by time and number only. Where a page begins or ends among records that share
    both, all of those are fetched, and the order of their ids decides.
    """

    def __init__(self, stretch: Stretch) -> None:
        self._stretch = stretch
        #: One before the page shows whether its border lies among such records.
        self.first = max(stretch.offset - 1, 0)
        wanted = stretch.limit + 1 if stretch.limit else 0
        self._asked = wanted + (stretch.offset - self.first) + (stretch.after is not None)

    @property
    def size(self) -> int:
        """How many hits."""
        return min(self._asked, RESULT_WINDOW - self.first)

    def is_settled_by(self, hits: Sequence[Hit]) -> bool:
        """Whether the page can be cut out of ``hits``, which are in order."""
        if self.first and len(hits) > 1 and hits[0].sort == hits[1].sort:
            return False
        if len(hits) < self.size or not self._stretch.limit:
            return True
        fresh = self._fresh(hits)
        if len(fresh) > self._stretch.limit:
            return fresh[self._stretch.limit - 1].sort != hits[-1].sort
        # By offset, no more can be had than lie in the window.
        return self._stretch.after is None and self.size < self._asked

    def widen(self) -> None:
        """Ask for more.

        Raises:
            StoreError: there is no more to ask for.
        """
        if self._asked >= RESULT_WINDOW and not self.first:
            raise StoreError(
                f"more than {RESULT_WINDOW} records of one instant came in under one number"
            )
        self.first, self._asked = 0, min(self._asked * 4, RESULT_WINDOW)
        if self._stretch.offset:
            self._asked = RESULT_WINDOW

    def cut(self, hits: Sequence[Hit]) -> tuple[Sequence[Hit], bool]:
        """The hits of the page, of ``hits`` in order, and whether others come behind them."""
        fresh = self._fresh(hits)
        limit = self._stretch.limit
        return fresh[:limit], len(fresh) > limit > 0

    def _fresh(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        stretch = self._stretch
        after = stretch.after
        if after is None:
            return hits[stretch.offset - self.first :]
        # Those that are not behind it can only be the first ones.
        for at, hit in enumerate(hits):
            if hit.position < after if stretch.newest_first else hit.position > after:
                return hits[at:]
        return []


def _in_order(hits: Sequence[Hit], *, newest_first: bool) -> Sequence[Hit]:
    """``hits`` in the total order; they come in that of time and number."""
    if len({hit.sort for hit in hits}) < len(hits):
        return sorted(hits, key=lambda hit: hit.position, reverse=newest_first)
    return hits


def _behind(stretch: Stretch) -> Filter:
    """The filter, with what lies before the place to begin left out: its indices are not asked."""
    if stretch.after is None:
        return stretch.filter
    at = stretch.after.timestamp
    span = TimeRangeFilter(None, at) if stretch.newest_first else TimeRangeFilter(at, None)
    return CompositeFilter(stretch.filter, span)


def _total(answer: Answer) -> tuple[int, bool]:
    total = answer.hits.total
    return (total.value, total.relation == "eq") if total else (0, True)
