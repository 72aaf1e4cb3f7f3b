"""Calls of the lifecycle: every change asks the guard first, every wait ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from elastic_transport import TransportError
from elasticsearch import ApiError, AuthenticationException, AuthorizationException, Elasticsearch

from app.domain.errors import StoreError, StoreUnavailableError
from app.stores.elasticsearch.connect import explain

#: Seconds between two looks at what is waited for: the first, and the longest.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
FLOODED = (
    "the disk of one of its nodes is nearly full (flood stage): free space or add a node; Elasticsearch "
    "lifts the block by itself afterwards"
)


@dataclass(frozen=True)
class Calls:
    """How the lifecycle speaks to the cluster.

    Attributes:
        guard: is called before every change; it raises when this process must change nothing any more.
        patience: seconds that one step is waited for; what is not done then goes on in the cluster, and
            is looked at again on the next run.
    """

    client: Elasticsearch
    guard: Callable[[], None] = lambda: None
    patience: float = 600.0

    @contextmanager
    def asking(self) -> Iterator[Elasticsearch]:
        """The client, for a call that changes nothing.

        Raises:
            StoreUnavailableError: no answer, or one that may differ later.
            StoreError: the cluster refuses.
        """
        try:
            yield self.client
        except ApiError as error:
            raise _translated(error) from error
        except TransportError as error:
            raise StoreUnavailableError(
                f"Elasticsearch cannot be reached ({explain(error)})"
            ) from error

    @contextmanager
    def changing(self) -> Iterator[Elasticsearch]:
        """The client, for a call that changes something; raises what the guard raises, too."""
        self.guard()
        with self.asking() as client:
            yield client

    def wait_until(self, condition: Callable[[], bool], explanation: Callable[[], str]) -> None:
        """Return as soon as ``condition`` holds.

        Raises:
            StoreError: it does not within the patience; the text is the explanation.
        """
        until = monotonic() + self.patience
        pause = threading.Event()
        length = _FIRST_PAUSE
        while not condition():
            if monotonic() > until:
                raise StoreError(
                    f"{explanation()} (waited {self.patience:.0f} s, tried again later)"
                )
            pause.wait(length)
            length = min(length * 1.5, _LONGEST_PAUSE)


def _translated(error: ApiError) -> StoreError | StoreUnavailableError:
    reason = explain(error)
    if "read-only-allow-delete" in reason or "read_only_allow_delete" in reason:
        return StoreError(f"{FLOODED} ({reason})")
    if isinstance(error, AuthenticationException) or (
        isinstance(error, AuthorizationException) and "cluster_block_exception" not in reason
    ):
        return StoreUnavailableError(f"Elasticsearch refuses the credentials ({reason})")
    if error.status_code == 429 or error.status_code >= 500:
        return StoreUnavailableError(f"Elasticsearch cannot answer now ({reason})")
    return StoreError(f"Elasticsearch answered {reason}")
