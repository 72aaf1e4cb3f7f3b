"""Groups in a line, of which those that only their log has take a few bytes each.

In an outage millions of groups wait. Their lines are in the log, nobody waits for their outcomes, and
what else is to be known of one are some numbers.
"""

import struct
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from app.stores.elasticsearch.group import Group, Log

#: LSN, size, count, attempts, whether some of it may be there.
_ENTRY = struct.Struct("<QIIB?")
#: A run is given back as a whole, when the last of it was taken.
_MOST_IN_A_RUN = 4096
_MOST_ATTEMPTS = 255


class Run:
    """Groups in a row that are at rest, of one log; the first in is the first out.

    Attributes:
        size: bytes of all lines.
    """

    #: Bytes of lines in memory, as of a ``Group``.
    memory = 0

    def __init__(self, log: Log) -> None:
        self._log = log
        self._entries = bytearray()
        self._finished: list[Callable[[int], None]] = []
        self._taken = 0
        self.size = 0

    def __len__(self) -> int:
        return len(self._finished) - self._taken

    def add(self, group: Group) -> bool:
        """Whether it is in here now; not if it is of another log, or this is long enough."""
        if group.log is not self._log or len(self._finished) >= _MOST_IN_A_RUN:
            return False
        attempts = min(group.attempts, _MOST_ATTEMPTS)
        self._entries += _ENTRY.pack(
            group.lsn, group.size, group.count, attempts, group.may_be_there
        )
        self._finished.append(group.finished)
        self.size += group.size
        return True

    def pop(self) -> Group:
        """The first, as it was."""
        entry = _ENTRY.unpack_from(self._entries, self._taken * _ENTRY.size)
        lsn, size, count, attempts, may_be_there = entry
        finished = self._finished[self._taken]
        group = Group(self._log, lsn, size=size, count=count, finished=finished)
        group.attempts, group.may_be_there = attempts, may_be_there
        self._taken += 1
        self.size -= size
        return group


#: One group, or several that are taken one by one.
Waiting: TypeAlias = Group | Run


def number_of_groups(waiting: Waiting) -> int:
    """How many there are in ``waiting``."""
    return len(waiting) if isinstance(waiting, Run) else 1


class WaitingLine:
    """First in, first out."""

    def __init__(self) -> None:
        self._items: deque[Waiting] = deque()
        # Behind those, from the first on whose sender still waits.
        self._recent: deque[Waiting] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, waiting: Waiting) -> None:
        """Put it at the end."""
        self._count += number_of_groups(waiting)
        self._recent.append(waiting)
        # All senders wait equally long: whoever waits behind the first does not wait much longer.
        while self._recent and _is_answered(self._recent[0]):
            self._line_up(self._recent.popleft())

    def put_back(self, group: Group) -> None:
        """Put it in front."""
        self._count += 1
        self._items.appendleft(group)

    def popleft(self) -> Group:
        """Take the first."""
        line = self._items or self._recent
        first = line[0]
        self._count -= 1
        if isinstance(first, Group):
            line.popleft()
            return first
        group = first.pop()
        if not first:
            line.popleft()
        return group

    def _line_up(self, waiting: Waiting) -> None:
        if isinstance(waiting, Group) and waiting.is_at_rest:
            last = self._items[-1] if self._items else None
            if isinstance(last, Run) and last.add(waiting):
                return
            waiting = run_of(waiting)
        self._items.append(waiting)


def run_of(group: Group) -> Run:
    """A new one, of ``group`` alone."""
    run = Run(group.log)
    run.add(group)
    return run


def _is_answered(waiting: Waiting) -> bool:
    return isinstance(waiting, Run) or waiting.is_answered
