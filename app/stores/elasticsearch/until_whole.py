"""Asks again while an index comes or goes, until every shard has answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import StoreUnavailableError

T = TypeVar("T")

#: Seconds to wait for shards, of which nobody knows whether they come.
_PATIENCE = 5
#: Waits for them: while one index comes, the next may.
_TRIES = 3
#: Seconds between two looks at an index that is being made.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 1.0


class ShardsFailedError(StoreUnavailableError):
    """Some of the shards that were asked did not answer."""


def until_whole(
    search: Callable[[], T], client: Elasticsearch, names: Sequence[str], timeout: float
) -> T:
    """What ``search`` of the indices or aliases ``names`` returns, once every shard has answered.

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
    """Wait for the shards of ``names``; at most until then, and only briefly for those that are lost.

    A new index counts as yellow before its primaries have a node, so they are counted as well.
    """
    pause = _FIRST_PAUSE
    patient = client.options(request_timeout=_PATIENCE + 1, ignore_status=408)
    while True:
        try:
            health = patient.cluster.health(
                index=names,
                level="indices",
                wait_for_status="yellow",
                timeout=f"{_PATIENCE}s",
            )
        except (ApiError, TransportError):
            return False
        is_new = not health["timed_out"]
        if is_new and _are_active(health["indices"].values()):
            return True
        # A change that the master has not come to may be the one that gives a shard its node.
        are_coming = is_new or health["initializing_shards"] or health["number_of_pending_tasks"]
        if not are_coming or monotonic() > until:
            return False
        Event().wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _are_active(indices: Iterable[Mapping[str, Any]]) -> bool:
    return all(one["active_primary_shards"] == one["number_of_shards"] for one in indices)
