"""Shared state of one process: what ``InMemoryDatabase`` is to records."""

import threading

from app.domain.metadata import JsonScalar
from app.domain.ports import StateDocument


class InMemoryStateStore:
    """State documents in a dict."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[str, tuple[dict[str, JsonScalar], int]] = {}

    def read(self, key: str) -> StateDocument | None:
        """The document, None if there is none."""
        with self._lock:
            if key not in self._documents:
                return None
            body, version = self._documents[key]
            return StateDocument(dict(body), str(version))

    def create(self, key: str, body: dict[str, JsonScalar]) -> bool:
        """Write it if there is none."""
        with self._lock:
            if key in self._documents:
                return False
            self._documents[key] = (dict(body), 1)
            return True

    def replace(self, key: str, body: dict[str, JsonScalar], version: str) -> bool:
        """Write it if it still has ``version``."""
        with self._lock:
            there = self._documents.get(key)
            if there is None or str(there[1]) != version:
                return False
            self._documents[key] = (dict(body), there[1] + 1)
            return True
