"""Single records of different connections, taken in together.

Requests that the event loop finds in one turn are handed on as one batch at its end; no timer holds any
of them back. Under load that is most of them, and it is what a record then costs.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from app.http.ingest_door import IngestDoor, WireAnswer, Write


@dataclass(frozen=True, slots=True)
class Single:
    """A request with one record.

    Attributes:
        answer: sends the answer.
        decline: gives the request to Flask.
    """

    write: Write
    body: bytes
    answer: Callable[[WireAnswer], None]
    decline: Callable[[], None]


class Gathering:
    """The single records of one turn; for one event loop."""

    def __init__(self, door: IngestDoor) -> None:
        self._door = door
        self._waiting: list[Single] = []

    def add(self, loop: asyncio.AbstractEventLoop, single: Single) -> None:
        """Take ``single`` in at the end of this turn of ``loop``; called by its thread."""
        if not self._waiting:
            loop.call_soon(self._take, loop)
        self._waiting.append(single)

    def _take(self, loop: asyncio.AbstractEventLoop) -> None:
        singles, self._waiting = self._waiting, []

        def answer(answers: list[tuple[int, WireAnswer]]) -> None:
            for at, one in answers:
                singles[at].answer(one)

        def answered(answers: list[tuple[int, WireAnswer]]) -> None:
            try:
                loop.call_soon_threadsafe(answer, answers)
            except RuntimeError:
                # The process ends, and with it the connections that a late answer could go to.
                return

        writes = [single.write for single in singles]
        declined = self._door.take_singles(writes, [single.body for single in singles], answered)
        for at in declined:
            singles[at].decline()
