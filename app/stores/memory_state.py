"""Shared state of one process: what ``InMemoryDatabase`` is to records."""

import threading

from app.domain.metadata import JsonScalar
from app.domain.ports import StateDocument


class InMemoryStateStore:
    """State documents in a dict."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[str, tuple[dict[str, JsonScalar], int]] = {}
        # One count for all: a document that is made again never has a version of the one before.
        self._version = 0

    def read(self, key: str) -> StateDocument | None:
        """The document, None if there is none."""
        with self._lock:
            if key not in self._documents:
                return None
            return _shown(self._documents[key])

    def create(self, key: str, body: dict[str, JsonScalar]) -> bool:
        """Write it if there is none."""
        with self._lock:
            if key in self._documents:
                return False
            self._write(key, body)
            return True

    def replace(self, key: str, body: dict[str, JsonScalar], version: str) -> bool:
        """Write it if it still has ``version``."""
        with self._lock:
            if not self._has(key, version):
                return False
            self._write(key, body)
            return True

    def delete(self, key: str, version: str) -> bool:
        """Remove it if it still has ``version``."""
        with self._lock:
            if not self._has(key, version):
                return False
            del self._documents[key]
            return True

    def find(self, prefix: str) -> dict[str, StateDocument]:
        """Every document whose key begins with ``prefix``."""
        with self._lock:
            keys = sorted(key for key in self._documents if key.startswith(prefix))
            return {key: _shown(self._documents[key]) for key in keys}

    def _has(self, key: str, version: str) -> bool:
        there = self._documents.get(key)
        return there is not None and str(there[1]) == version

    def _write(self, key: str, body: dict[str, JsonScalar]) -> None:
        self._version += 1
        self._documents[key] = (dict(body), self._version)


def _shown(there: tuple[dict[str, JsonScalar], int]) -> StateDocument:
    return StateDocument(dict(there[0]), str(there[1]))
