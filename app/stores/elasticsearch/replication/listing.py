"""What the indices of a partition hold, by hours: counts, and the ids of one hour."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.domain.errors import LogfeedError
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.replication.site import Site

HOUR_MS = 3_600_000
_PAGE = 10_000


def hours(site: Site, names: list[str]) -> dict[int, int]:
    """How many records ``names`` hold in each hour, by its first millisecond since the epoch.

    Raises:
        StoreUnavailableError: not all of it can be read.
    """
    if not names:
        return {}  # a search in no index is one in all of them
    site.refresh(names)
    with translated():
        answer = site.client.search(
            index=names,
            size=0,
            track_total_hits=False,
            allow_partial_search_results=False,
            aggs={
                "hours": {
                    "date_histogram": {
                        "field": "timestamp", "fixed_interval": "1h", "min_doc_count": 1,
                    }
                }
            },
        )  # fmt: skip
    return {
        int(bucket["key"]): bucket["doc_count"]
        for bucket in answer["aggregations"]["hours"]["buckets"]
    }


@contextmanager
def listing(site: Site, names: list[str], hour: int) -> Iterator["Listing"]:
    """A view of one hour that does not change while it is read.

    Raises:
        StoreUnavailableError: not all of it can be read.
    """
    if not names:
        yield Listing(site, "", hour)
        return
    with translated():
        view = site.client.open_point_in_time(index=names, keep_alive="5m")["id"]
    try:
        yield Listing(site, view, hour)
    finally:
        # It ends by itself, too.
        with contextlib.suppress(LogfeedError), translated():
            site.client.close_point_in_time(id=view)


class Listing:
    """The ids of one hour, page by page, as often as it is read."""

    def __init__(self, site: Site, view: str, hour: int) -> None:
        self._site = site
        self._view = view
        first = {"gte": hour, "lt": hour + HOUR_MS, "format": "epoch_millis"}
        self._query = {"range": {"timestamp": first}}

    def pages(self) -> Iterator[list[str]]:
        """All ids; in no order."""
        if not self._view:
            return
        after: list[int] = []
        while True:
            body: dict[str, Any] = {
                "size": _PAGE,
                "pit": {"id": self._view, "keep_alive": "5m"},
                "query": self._query,
                "sort": [{"_shard_doc": "asc"}],
                "track_total_hits": False,
                "_source": False,
            }
            if after:
                body["search_after"] = after
            hits = self._site.reader.search(None, body)
            yield [hit.id for hit in hits]
            if len(hits) < _PAGE:
                return
            after = list(hits[-1].sort)
