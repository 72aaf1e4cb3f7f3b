"""Reads as much at a time as the store has memory for."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Event

from app.domain.errors import AnswerTooLargeError
from app.domain.raw_records import RawRecord
from app.domain.reading import RawPage, Stretch

#: Records of a page that is asked for while nobody knows whether they are lines or stack traces.
USUAL_PAGE = 100
#: Seconds before a page that was too large is asked for again, smaller: memory comes back with time.
PATIENT = (0.2, 1.0, 3.0)
#: The same for who waits before a screen, and holds a thread that others want.
IMPATIENT = (0.2,)
_REFUSED_TO_NEXT = 10


def read_what_fits(
    read: Callable[[Stretch], RawPage], stretch: Stretch, pauses: Sequence[float]
) -> tuple[Stretch, RawPage]:
    """A page, and what was asked for it: less than ``stretch``, where the store cannot give so much.

    Pages that are asked for before anybody knows how long their records are may not fit into its memory.

    Raises:
        AnswerTooLargeError: not even a small one fits.
    """
    for pause in pauses:
        with suppress(AnswerTooLargeError):
            return stretch, read(stretch)
        fewer = min(stretch.limit // _REFUSED_TO_NEXT, USUAL_PAGE)
        stretch = replace(stretch, limit=max(fewer, 1))
        Event().wait(pause)
    return stretch, read(stretch)


def size_of(record: RawRecord) -> int:
    """Bytes of a record, so far as they can be many: all else of it is short."""
    return len(record.message) + len(record.metadata)


def bytes_of(page: RawPage) -> int:
    """Bytes of its records, likewise."""
    return sum(len(record.message) + len(record.metadata) for record in page.records)
