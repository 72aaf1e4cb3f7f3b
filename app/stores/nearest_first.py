"""Asks the near region, and a far one while the near one is away."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Generic, TypeVar

import structlog

from app.domain.errors import CancelledError, OutOfTimeError, StoreUnavailableError
from app.domain.served_by import served_by

_log = structlog.get_logger(__name__)

T = TypeVar("T")
R = TypeVar("R")

#: Seconds for which a cluster that did not answer is asked last.
_REST_SECONDS = 5.0


class NearestFirst(Generic[T]):
    """The same thing of several regions; ``served_by`` says afterwards which of them answered.

    Args:
        things: by the name of their region, the near one first.
    """

    def __init__(self, things: Mapping[str, T]) -> None:
        self._things = things
        self._rests_until: dict[str, float] = {}

    def ask(self, question: Callable[[T], R]) -> R:
        """The answer of the first region that has one.

        Raises:
            StoreUnavailableError: none has; that of the first that was asked.
        """
        # Those that have just failed are asked last: nobody is to wait for a deadline again and again.
        now = monotonic()
        order = sorted(self._things, key=lambda name: self._rests_until.get(name, 0.0) > now)
        first: StoreUnavailableError | None = None
        for name in order:
            try:
                answer = question(self._things[name])
            except (CancelledError, OutOfTimeError):
                raise  # the region is there, and another one would not do better
            except StoreUnavailableError as error:
                _log.warning("region_does_not_answer", region=name, reason=str(error))
                self._rests_until[name] = monotonic() + _REST_SECONDS
                first = first or error
            else:
                served_by.set(name)
                return answer
        raise first or StoreUnavailableError("no region answers")
