"""When those who wait for Elasticsearch have waited long enough."""

import threading
from collections import deque
from time import monotonic

from app.stores.elasticsearch.group import Group

_LOOK_SECONDS = 0.25


class Deadlines:
    """Answers groups that are not settled ``seconds`` after they came.

    All wait equally long, so that the oldest is the next; a group that was settled meanwhile costs
    nothing but its place in the line.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._line: deque[tuple[float, Group]] = deque()
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
        self._thread.start()

    def add(self, group: Group) -> None:
        """Answer ``group`` when its time is up."""
        with self._changed:
            self._line.append((monotonic() + self._seconds, group))
            if len(self._line) == 1:
                self._changed.notify()

    def close(self) -> None:
        """Answer all that still wait."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._line and not self._is_stopping:
                    self._changed.wait()
                if not self._line:
                    return
                due, group = self._line.popleft()
                # Those that are settled go without a wait, and so does everything at the end. The one
                # in front is looked at now and then, so that the line behind it does not grow.
                while not group.is_answered and not self._is_stopping:
                    left = due - monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(min(left, _LOOK_SECONDS))
            group.answer_now()
