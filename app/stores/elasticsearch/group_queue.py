"""Groups that wait to be shipped, in the order in which they are to go. No threads, no clock."""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from app.stores.elasticsearch.group import Group
from app.stores.elasticsearch.request_size import MAX_REQUEST_BYTES
from app.stores.elasticsearch.waiting_line import (
    Run,
    Waiting,
    WaitingLine,
    number_of_groups,
    run_of,
)

#: What is worth a request of its own while another one is in flight: Elasticsearch works at a request
#: for one index with one core.
_ENOUGH_BYTES = 256 * 1024
#: Of so many requests in a row, one takes what former processes have left.
_TURNS = 4


class GroupQueue:
    """Groups whose senders may wait, groups that former processes left, and those to be tried again.

    Args:
        memory_bytes: of groups that wait; the actions of further ones stay in the log until their turn,
            and what else is known of them takes a few bytes.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._fresh = WaitingLine()
        self._left = WaitingLine()
        self._later: list[tuple[float, int, Waiting]] = []
        self._later_count = 0
        self._order = count()
        self._fresh_bytes = 0
        self._in_memory = 0
        self._turn = 0

    def __len__(self) -> int:
        return len(self._fresh) + len(self._left) + self._later_count

    def add(self, group: Group) -> None:
        """One whose sender may wait for it."""
        if self._fresh:
            self._spare(group)
        self._add_fresh(group)

    def add_left(self, group: Group) -> None:
        """One that a former process has left: nobody waits, so it does not hold up those who do."""
        self._left.append(group)

    def add_later(self, groups: Iterable[Group], due: float) -> None:
        """Those that are tried again at ``due``, whatever clock that is of."""
        run: Run | None = None
        for group in groups:
            self._spare(group)
            self._later_count += 1
            if not group.is_at_rest:
                self._in_memory += group.memory
                heappush(self._later, (due, next(self._order), group))
            elif run is None or not run.add(group):
                run = run_of(group)
                heappush(self._later, (due, next(self._order), run))

    def next_due(self) -> float | None:
        """When the next of those is to be tried again."""
        return self._later[0][0] if self._later else None

    def bring_due(self, now: float) -> None:
        """Those whose time has come wait with the others."""
        while self._later and self._later[0][0] <= now:
            waiting = heappop(self._later)[2]
            self._later_count -= number_of_groups(waiting)
            self._in_memory -= waiting.memory
            self._add_fresh(waiting)

    def is_worth_a_request(self, in_flight: int) -> bool:
        """Whether to send now, with so many requests in flight."""
        if not in_flight:
            return bool(self._fresh or self._left)
        return bool(self._left) or self._fresh_bytes >= _ENOUGH_BYTES

    def take(self, most_records: int) -> list[Group]:
        """The groups of one request, of about so many records; there is at least one."""
        self._turn = (self._turn + 1) % _TURNS
        if self._left and (not self._fresh or not self._turn):
            # How many records one of these holds is known when it was read; the shipper parts them.
            return self._take_from(self._left, most_records)
        groups = self._take_from(self._fresh, most_records)
        self._fresh_bytes -= sum([group.size for group in groups])
        self._in_memory -= sum([group.memory for group in groups])
        return groups

    def _spare(self, group: Group) -> None:
        if self._in_memory + group.memory > self._memory_bytes:
            group.unload()

    def _add_fresh(self, waiting: Waiting) -> None:
        self._fresh_bytes += waiting.size
        self._in_memory += waiting.memory
        self._fresh.append(waiting)

    def _take_from(self, line: WaitingLine, most_records: int) -> list[Group]:
        groups: list[Group] = []
        size = records = 0
        while line:
            group = line.popleft()
            size, records = size + group.size, records + max(group.count, 1)
            if groups and (size > MAX_REQUEST_BYTES or records > most_records):
                line.put_back(group)
                break
            groups.append(group)
        return groups
