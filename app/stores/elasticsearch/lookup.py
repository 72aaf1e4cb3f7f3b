"""Finds one record by its id, also before it can be searched for."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from elasticsearch import Elasticsearch

from app.stores.elasticsearch.connect import translated
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.until_whole import ShardsFailedError, until_whole

_MGET_INDICES = 200
#: Seconds to wait for shards that are being started.
_TIMEOUT = 10.0


def find_document(client: Elasticsearch, indices: Indices, id: str) -> Mapping[str, Any] | None:
    """The document of this id; of several, that of the newest period.

    Raises:
        StoreUnavailableError: not every index could be asked.
    """
    # An id that another process has just stored may lie in an index that is new to this one.
    indices.forget()
    names = indices.names(indices.catalog())
    for at in range(0, len(names), _MGET_INDICES):
        some = names[at : at + _MGET_INDICES]
        found = until_whole(partial(_find_in, client, some, id), client, some, _TIMEOUT)
        if found is not None:
            return found
    return None


def _find_in(client: Elasticsearch, names: Sequence[str], id: str) -> Mapping[str, Any] | None:
    with translated():
        answer = client.mget(docs=[{"_index": name, "_id": id} for name in names])
    for found in answer["docs"]:
        if found.get("found"):
            return cast("Mapping[str, Any]", found)
    if failed := [found for found in answer["docs"] if "error" in found]:
        reason = failed[0]["error"].get("reason", "an index does not answer")
        raise ShardsFailedError(f"not every index could be asked: {reason}")
    return None
