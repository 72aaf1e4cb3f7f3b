"""Shared state in Elasticsearch: one small index, changed by compare-and-set.

``if_seq_no`` and ``if_primary_term`` make a change conditional (Elasticsearch reference, "Optimistic
concurrency control").
"""

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from app.domain.metadata import JsonScalar
from app.domain.ports import StateDocument
from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.indices import Indices


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
        return StateDocument(found["_source"], f"{found['_seq_no']}/{found['_primary_term']}")

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
