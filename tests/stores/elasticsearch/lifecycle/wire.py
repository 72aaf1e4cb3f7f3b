"""A client whose requests somebody sees first, and may put an end to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from elastic_transport import Transport, TransportApiResponse
from elasticsearch import Elasticsearch

#: Requests that change nothing, by their last part.
_READING = ("_search", "_msearch", "_count", "_mget", "_refresh", "_explain", "explain")


class Killed(BaseException):
    """The process is gone: nothing but the cluster goes on from here."""


def changes(method: str, target: str) -> bool:
    """Whether such a request changes something in the cluster."""
    path = target.partition("?")[0]
    return method not in {"GET", "HEAD"} and not path.endswith(_READING)


@contextmanager
def watched(url: str, before: Callable[[str, str], None]) -> Iterator[Elasticsearch]:
    """A client that calls ``before`` with method and target of each request before it is sent."""

    class Watched(Transport):
        def perform_request(self, method: str, target: str, **given: Any) -> TransportApiResponse:
            before(method, target)
            return super().perform_request(method, target, **given)

    with Elasticsearch([url], transport_class=Watched, request_timeout=60) as client:
        yield client


class DyingAt:
    """Kills before the ``number``-th change, the first being 1.

    Attributes:
        has_killed: it came to that.
    """

    def __init__(self, number: int) -> None:
        self._left = number
        self.has_killed = False

    def __call__(self, method: str, target: str) -> None:
        """Look at a request."""
        if self.has_killed:
            raise Killed
        if not changes(method, target):
            return
        self._left -= 1
        if self._left == 0:
            self.has_killed = True
            raise Killed
