"""Searches again while an index comes or goes, until every shard has answered."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import StoreUnavailableError

T = TypeVar("T")

#: Seconds to wait for shards, of which nobody knows whether they come.
_PATIENCE = 5
#: Waits for them: while one index comes, the next may.
_TRIES = 3


class ShardsFailedError(StoreUnavailableError):
    """Some of the shards that were asked did not answer."""


def until_whole(
    search: Callable[[], T], client: Elasticsearch, names: Sequence[str], timeout: float
) -> T:
    """What ``search`` of the aliases ``names`` returns, once every shard has answered.

    It is tried again where an index went in the middle of it; and where one has just come, which has its
    alias some ten milliseconds before its shards have started, or many seconds on a busy disk.

    Args:
        timeout: seconds to wait for shards that are being started.

    Raises:
        ShardsFailedError: shards are missing for longer, or no node has them.
    """
    with suppress(ShardsFailedError):
        return search()
    until = monotonic() + timeout
    for _ in range(_TRIES):
        with suppress(ShardsFailedError):
            return search()
        if not _have_started(client, names, until):
            break  # they stay away, or Elasticsearch does: the search says what it is
    return search()


def _have_started(client: Elasticsearch, names: Sequence[str], until: float) -> bool:
    """Wait for the shards of ``names``; at most until then, and only briefly for those that are lost."""
    patient = client.options(request_timeout=_PATIENCE + 1, ignore_status=408)
    while True:
        try:
            health = patient.cluster.health(
                index=names, wait_for_status="yellow", timeout=f"{_PATIENCE}s"
            )
        except (ApiError, TransportError):
            return False
        if not health["timed_out"]:
            return True
        # A change that the master has not come to may be the one that gives a shard its node.
        are_coming = health["initializing_shards"] or health["number_of_pending_tasks"]
        if not are_coming or monotonic() > until:
            return False
