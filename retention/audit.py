"""What was done to whom, when, why and by whom: a document for each action."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from app.domain.errors import LogfeedError
from app.domain.instants import format_instant
from app.domain.lifecycle import ArchiveFacts, ClusterFacts, IndexFacts
from app.domain.ports import Clock
from retention.actions import DELETING, LOSING, Action, Kind
from retention.admin import Admin

_log = logging.getLogger(__name__)
_MILLISECOND = 1_000_000


class Audit:
    """Writes the audit.

    Args:
        by: who acts.
    """

    def __init__(self, admin: Admin, clock: Clock, by: str) -> None:
        self._admin = admin
        self._clock = clock
        self._by = by
        self._last_error: dict[tuple[Kind, str], str] = {}

    @contextmanager
    def entry(
        self, action: Action, subject: IndexFacts | ArchiveFacts, cluster: ClusterFacts
    ) -> Iterator[None]:
        """Writes what becomes of the action that is done within.

        A deletion is noted before, too, and not done if it cannot be: it must leave a trace, whenever
        this process dies. The same failure of the same action is noted once.
        """
        document = self._document(action, subject, cluster)
        started = self._clock()
        key = (action.kind, action.target)
        if action.kind in DELETING:
            self._admin.note({**document, "outcome": "begun"})
        try:
            yield
        except Exception as error:
            text = str(error) or type(error).__name__
            if self._last_error.get(key) != text:
                self._write({**document, "outcome": "failed", "error": text}, started)
                self._last_error[key] = text
            raise
        self._last_error.pop(key, None)
        self._write({**document, "outcome": "done"}, started)

    def _document(
        self, action: Action, subject: IndexFacts | ArchiveFacts, cluster: ClusterFacts
    ) -> dict[str, str | int | None]:
        size = subject.bytes if isinstance(subject, ArchiveFacts) else subject.total_bytes
        is_emergency = action.kind in LOSING and any(index.is_flooded for index in cluster.indices)
        return {
            "at": format_instant(self._clock()),
            "kind": str(action.kind),
            "target": action.target,
            "stream": subject.partition.stream,
            "reason": action.reason,
            "documents": subject.documents,
            "bytes": size,
            # A disk was nearly full: a cap on bytes was applied without waiting.
            "is_emergency": is_emergency,
            "by": self._by,
        }

    def _write(self, document: dict[str, str | int | None], started: int) -> None:
        took = max(0, self._clock() - started) // _MILLISECOND
        try:
            self._admin.note({**document, "took_ms": took})
        except LogfeedError as error:
            # It is done all the same; the own log has it then.
            _log.warning("the audit could not be written (%s): %s", error, document)
