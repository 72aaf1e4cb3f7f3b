"""The client, with a way for bytes that costs less than its own."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self, cast

from elastic_transport import ConnectionError as NoConnectionError
from elastic_transport import ConnectionTimeout
from elastic_transport.client_utils import resolve_default
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.exceptions import HTTP_EXCEPTIONS

from app.stores.elasticsearch.node import SwiftNode

#: Of requests whose answers are JSON, and whose bodies are lines of it: what the client says by itself.
LINES_HEADERS: Mapping[str, str] = {
    "accept": "application/vnd.elasticsearch+json; compatible-with=9",
    "content-type": "application/vnd.elasticsearch+x-ndjson; compatible-with=9",
}


class Client(Elasticsearch):
    """Elasticsearch's own client, and ``exchange``."""

    def __enter__(self) -> Self:
        """Itself; the client's own says that it is no more than what this inherits from."""
        return self

    @cached_property
    def _usual_headers(self) -> Mapping[str, str]:
        """Those of every request. The client's own mapping takes ten times as long to go through."""
        return dict(self._headers)

    def exchange(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str] = LINES_HEADERS
    ) -> bytes:
        """The answer to ``body``, neither of which is looked into.

        As with the client's own methods nodes are chosen in turn, and given up for a while when they
        cannot be reached. What those do besides, for users of all kinds, costs as much processor time
        as a short search needs from us in all.

        Raises:
            ApiError: any status but those of success.
            TransportError: there is no answer. Where no connection was to be had, other nodes were
                tried, so often as the client's ``max_retries`` says.
        """
        pool = self.transport.node_pool
        retries = resolve_default(self._max_retries, self.transport.max_retries)
        own = {**self._usual_headers, **headers}
        while True:
            node = cast("SwiftNode", pool.get())
            try:
                answer: Any = node.perform_request(method, target, body, own, self._request_timeout)
            except NoConnectionError:
                pool.mark_dead(node)
                if retries <= 0:
                    raise
                retries -= 1
            except ConnectionTimeout:
                pool.mark_dead(node)
                raise
            else:
                pool.mark_live(node)
                meta, content = answer
                if 200 <= meta.status < 300:
                    return bytes(content)
                said = self.transport.serializers.loads(content, meta.mimetype)
                raise HTTP_EXCEPTIONS.get(meta.status, ApiError)(str(said), meta, said)
