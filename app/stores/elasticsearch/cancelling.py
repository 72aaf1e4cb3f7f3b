"""Stops searches whose answer nobody waits for any more."""

import contextlib
import itertools
import os
import threading
import uuid
from collections.abc import Iterator

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import CancelledError, LogfeedError
from app.domain.reading import Cancellation

_RUNNING = "/_tasks?actions=indices:data/read/*search*&group_by=none"
_HEADERS = {"accept": "application/json"}
#: What marks begin with; processes that are forks of one another have it in common.
_PROGRAM = f"logfeed-{uuid.uuid4().hex}"
_numbers = itertools.count(1)


@contextlib.contextmanager
def cancelling(
    client: Elasticsearch, cancellation: Cancellation | None
) -> Iterator[dict[str, str]]:
    """Headers that mark a search, so that it can be found and stopped when its asker has gone.

    Raises:
        CancelledError: he has; what the search failed with is of no interest then.
    """
    if cancellation is None:
        yield {}
        return
    mark = f"{_PROGRAM}-{os.getpid()}-{next(_numbers)}"

    def stop() -> None:
        # In a thread of its own: it is told by the loop that serves all connections.
        threading.Thread(target=_stop, args=(client, mark), daemon=True).start()

    forget = cancellation.call(stop)
    try:
        yield {"x-opaque-id": mark}
    except LogfeedError:
        if cancellation.is_cancelled:
            raise CancelledError("nobody waits for the answer any more") from None
        raise
    finally:
        forget()


def _stop(client: Elasticsearch, mark: str) -> None:
    """Cancel the tasks that bear ``mark``; one that is not found has ended."""
    # Whatever goes wrong: the search ends by itself when its time is over.
    with contextlib.suppress(ApiError, TransportError):
        patient = client.options(request_timeout=10.0)
        # Past the client's own methods, which warn that the interface may change.
        found = patient.perform_request("GET", _RUNNING, headers=_HEADERS).body
        for task in found["tasks"]:
            is_it = task.get("headers", {}).get("X-Opaque-Id") == mark
            if is_it and "parent_task_id" not in task:
                target = f"/_tasks/{task['node']}:{task['id']}/_cancel"
                patient.perform_request("POST", target, headers=_HEADERS)
