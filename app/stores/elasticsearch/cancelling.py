"""Stops searches whose answer nobody waits for any more."""

import contextlib
import threading
import uuid
from collections.abc import Iterator

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import CancelledError, StoreUnavailableError
from app.domain.reading import Cancellation

_ACTIONS = "indices:data/read/*search*"


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
    mark = f"logfeed-{uuid.uuid4().hex}"

    def stop() -> None:
        # In a thread of its own: it is told by the loop that serves all connections.
        threading.Thread(target=_stop, args=(client, mark), daemon=True).start()

    forget = cancellation.call(stop)
    try:
        yield {"x-opaque-id": mark}
    except StoreUnavailableError:
        if cancellation.is_cancelled:
            raise CancelledError("nobody waits for the answer any more") from None
        raise
    finally:
        forget()


def _stop(client: Elasticsearch, mark: str) -> None:
    """Cancel the tasks that bear ``mark``; one that is not found has ended."""
    # Whatever goes wrong: the search ends by itself when its time is over.
    with contextlib.suppress(ApiError, TransportError):
        found = client.options(request_timeout=10.0).tasks.list(actions=_ACTIONS, group_by="none")
        tasks: list[dict[str, object]] = found["tasks"]
        for task in tasks:
            headers = task.get("headers")
            is_it = isinstance(headers, dict) and headers.get("X-Opaque-Id") == mark
            if is_it and "parent_task_id" not in task:
                client.tasks.cancel(task_id=f"{task['node']}:{task['id']}")
