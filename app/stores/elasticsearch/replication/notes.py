"""What a process must remember of a peer, in small documents of the own cluster."""

from collections.abc import Callable, Iterable

from app.domain.errors import StoreUnavailableError
from app.domain.metadata import JsonScalar
from app.domain.ports import StateDocument, StateStore

_ATTEMPTS = 8


class Notes:
    """A few texts by name under one key; whoever writes them merges with what others wrote.

    Args:
        merge: of two texts of one name, the one that holds more.
    """

    def __init__(
        self, state: StateStore, key: str, merge: Callable[[str, str], str] = lambda old, new: new
    ) -> None:
        self._state = state
        self._key = key
        self._merge = merge
        self._written: dict[str, str] | None = None

    def read(self) -> dict[str, str]:
        """All of them.

        Raises:
            StoreUnavailableError: the cluster is away.
        """
        if self._written is None:
            self._written = _texts(self._state.read(self._key))
        return dict(self._written)

    def write(self, notes: dict[str, str], keep: Iterable[str] | None = None) -> None:
        """Add or change these; with ``keep``, forget all whose names are not among it.

        Raises:
            StoreUnavailableError: the cluster is away.
        """
        kept = None if keep is None else set(keep) | notes.keys()
        wanted = self.read() | notes
        if kept is not None:
            wanted = {name: text for name, text in wanted.items() if name in kept}
        if wanted == self._written:
            return
        for _ in range(_ATTEMPTS):
            there = self._state.read(self._key)
            merged = dict(_texts(there))
            for name, text in notes.items():
                merged[name] = self._merge(merged[name], text) if name in merged else text
            if kept is not None:
                merged = {name: text for name, text in merged.items() if name in kept}
            body: dict[str, JsonScalar] = dict(merged)
            if (
                self._state.create(self._key, body)
                if there is None
                else self._state.replace(self._key, body, there.version)
            ):
                self._written = merged
                return
        raise StoreUnavailableError(f"{self._key} is being changed by others all the time")


def _texts(document: StateDocument | None) -> dict[str, str]:
    return {} if document is None else {name: str(text) for name, text in document.body.items()}
