"""Shared state in Elasticsearch: one small index, changed by compare-and-set.

``if_seq_no`` and ``if_primary_term`` make a change conditional (Elasticsearch reference, "Optimistic
concurrency control").
"""

from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from app.domain.metadata import JsonScalar
from app.domain.ports import StateDocument
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.indices import Indices

_PAGE = 1_000


class ElasticsearchStateStore:
    """State documents in the index ``<prefix>-state``."""

    def __init__(self, client: Elasticsearch, prefix: str, indices: Indices) -> None:
        self._client = client
        self._index = f"{prefix}-state"
        self._indices = indices

    def read(self, key: str) -> StateDocument | None:
        """The document, None if there is none."""
        with translated():
            try:
                found = self._client.get(index=self._index, id=key)
            except NotFoundError:
                return None
        return _document(found)

    def create(self, key: str, body: dict[str, JsonScalar]) -> bool:
        """Write it if there is none."""
        self._indices.create_plain(self._index)
        with translated():
            try:
                self._client.create(index=self._index, id=key, document=body)
            except ConflictError:
                return False
        return True

    def replace(self, key: str, body: dict[str, JsonScalar], version: str) -> bool:
        """Write it if it still has ``version``."""
        sequence, term = (int(part) for part in version.split("/"))
        with translated():
            try:
                self._client.index(
                    index=self._index, id=key, document=body,
                    if_seq_no=sequence, if_primary_term=term,
                )  # fmt: skip
            except ConflictError:
                return False
        return True

    def delete(self, key: str, version: str) -> bool:
        """Remove it if it still has ``version``."""
        sequence, term = (int(part) for part in version.split("/"))
        with translated():
            try:
                self._client.delete(
                    index=self._index, id=key, if_seq_no=sequence, if_primary_term=term
                )
            except (ConflictError, NotFoundError):
                return False
        return True

    def find(self, prefix: str) -> dict[str, StateDocument]:
        """Every document whose key begins with ``prefix``.

        Ids can neither be searched by prefix nor sorted by, so that all documents are read, and there
        are not many. They come by their last change: one that is changed meanwhile comes again.
        """
        found: dict[str, StateDocument] = {}
        after: list[Any] | None = None
        with translated():
            self._client.indices.refresh(index=self._index, ignore_unavailable=True)
            while True:
                hits = self._client.search(
                    index=self._index,
                    ignore_unavailable=True,
                    allow_partial_search_results=False,
                    size=_PAGE,
                    sort=[{"_seq_no": "asc"}],
                    search_after=after,
                    seq_no_primary_term=True,
                    track_total_hits=False,
                )["hits"]["hits"]
                found |= {hit["_id"]: _document(hit) for hit in hits}
                if len(hits) < _PAGE:
                    break
                after = hits[-1]["sort"]
        return {key: found[key] for key in sorted(found) if key.startswith(prefix)}


def _document(found: Any) -> StateDocument:
    return StateDocument(found["_source"], f"{found['_seq_no']}/{found['_primary_term']}")
