"""Blocks of numbers for sequential ids, reserved from the state that all processes share."""

from app.domain.errors import StoreUnavailableError
from app.domain.ports import StateStore

_KEY = "sequential-ids"
_ATTEMPTS = 64


class IdBlocks:
    """Reserves each number once, over all processes and restarts."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def reserve(self, size: int) -> int:
        """The first of ``size`` numbers in a row that nobody else gets.

        Raises:
            StoreUnavailableError: the state is away, or too many others reserve at once.
        """
        for _ in range(_ATTEMPTS):
            there = self._state.read(_KEY)
            if there is None:
                if self._state.create(_KEY, {"next": 1 + size}):
                    return 1
                continue
            first = int(there.body["next"] or 1)
            if self._state.replace(_KEY, {"next": first + size}, there.version):
                return first
        raise StoreUnavailableError("the next block of ids could not be reserved: try again")
