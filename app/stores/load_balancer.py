"""Round robin over those that are healthy."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from app.domain.errors import StoreUnavailableError

T = TypeVar("T")


class LoadBalancer(Generic[T]):
    """Hands out ``targets`` in turn, skipping those that are not healthy.

    Args:
        is_healthy: asked each time; by default every target is.
    """

    def __init__(
        self, targets: Sequence[T], is_healthy: Callable[[T], bool] = lambda target: True
    ) -> None:
        if not targets:
            raise ValueError("a load balancer needs at least one target")
        self._targets = tuple(targets)
        self._is_healthy = is_healthy
        self._lock = threading.Lock()
        self._turn = 0

    def next(self) -> T:
        """The healthy target whose turn it is.

        Raises:
            StoreUnavailableError: none is healthy.
        """
        with self._lock:
            start = self._turn
            self._turn = (start + 1) % len(self._targets)
        for step in range(len(self._targets)):
            at = (start + step) % len(self._targets)
            if self._is_healthy(self._targets[at]):
                if step:
                    # The skipped ones do not give their successor a double share.
                    with self._lock:
                        self._turn = (at + 1) % len(self._targets)
                return self._targets[at]
        raise StoreUnavailableError("none of the targets is healthy")
