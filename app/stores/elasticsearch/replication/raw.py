"""Answers of Elasticsearch in which each ``_source`` stays the bytes that it is.

What is copied is not decoded: numbers keep their digits, and most of the work is saved.
"""

import json
from typing import Any

import msgspec
from elastic_transport import Serializer
from elasticsearch import Elasticsearch
from msgspec import Raw, Struct

from app.domain.errors import StoreUnavailableError
from app.stores.elasticsearch.connect import ClusterAddress, connect, translated

#: A value of the wire that was not there.
NO_SOURCE = Raw(b"")


class Hit(Struct, frozen=True, gc=False):
    """One record of a page.

    Attributes:
        sort: what the next page begins after.
        source: empty where none was asked for.
        fields: doc values that were asked for.
    """

    id: str = msgspec.field(name="_id")
    sort: tuple[int, ...] = ()
    source: Raw = msgspec.field(name="_source", default=NO_SOURCE)
    fields: dict[str, list[int]] = {}


class _Hits(Struct, frozen=True):
    hits: list[Hit]


class _Shards(Struct, frozen=True):
    failed: int


class Found(Struct, frozen=True):
    """The answer to a search."""

    hits: _Hits
    shards: _Shards = msgspec.field(name="_shards")
    timed_out: bool = False
    pit_id: str = ""


class _Doc(Struct, frozen=True, gc=False):
    id: str = msgspec.field(name="_id")
    index: str = msgspec.field(name="_index")
    found: bool = False
    source: Raw = msgspec.field(name="_source", default=NO_SOURCE)
    error: Raw = NO_SOURCE


class _Docs(Struct, frozen=True):
    docs: list[_Doc]


_decode_search = msgspec.json.Decoder(Found).decode
_decode_docs = msgspec.json.Decoder(_Docs).decode
_HEADERS = {"accept": "application/json", "content-type": "application/json"}


class _Bytes(Serializer):
    """Leaves good answers as they are; errors are read, so that they can be told in words."""

    mimetype = "application/json"

    def loads(self, data: bytes) -> Any:
        return json.loads(data) if data.startswith(b'{"error"') else data

    def dumps(self, data: Any) -> bytes:
        return msgspec.json.encode(data)


class RawReader:
    """Reads pages of records from one cluster."""

    def __init__(self, address: ClusterAddress) -> None:
        self._client: Elasticsearch = connect(address)
        serializers = self._client.transport.serializers.serializers
        for mimetype in ("application/json", "application/vnd.elasticsearch+json"):
            serializers[mimetype] = _Bytes()

    def search(self, index: str | None, body: dict[str, Any], preference: str = "") -> list[Hit]:
        """The hits of a search; all shards answered. Without ``index``, of a point in time.

        Raises:
            StoreUnavailableError: not all of it can be read now.
            StoreError: the index is gone.
        """
        path = "/_search" if index is None else f"/{index}/_search"
        if preference:
            path += f"?preference={preference}"
        found = _decode_search(self._ask(path, body))
        if found.shards.failed or found.timed_out:
            raise StoreUnavailableError(f"not every shard of {index or 'the listing'} answers")
        return found.hits.hits

    def fetch(self, index: str, ids: list[str]) -> list[tuple[str, Raw]]:
        """The records of these ids that are there, each with its source.

        Raises:
            StoreUnavailableError: the cluster cannot be asked now.
        """
        docs = _decode_docs(self._ask(f"/{index}/_mget", {"ids": ids})).docs
        return [(doc.id, doc.source) for doc in docs if doc.found]

    def absent(self, ids: list[str], indices: list[str]) -> set[str]:
        """Those of ``ids`` that none of ``indices`` has; realtime.

        Raises:
            StoreUnavailableError: not every one of them can be asked.
        """
        left = set(ids)
        for name in indices:
            wanted = [{"_index": name, "_id": own, "_source": False} for own in ids if own in left]
            if not wanted:
                break
            for doc in _decode_docs(self._ask("/_mget", {"docs": wanted})).docs:
                if doc.found:
                    left.discard(doc.id)
                elif (error := bytes(doc.error)) and b"index_not_found" not in error:
                    raise StoreUnavailableError(f"{name} cannot be asked for ids")
        return left

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, path: str, body: dict[str, Any]) -> bytes:
        with translated():
            answer = self._client.perform_request("POST", path, headers=_HEADERS, body=body)
        return bytes(answer.body)
