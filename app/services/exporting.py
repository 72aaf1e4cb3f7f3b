"""Reads any number of records, one stretch after the other."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.errors import CancelledError, OutOfTimeError
from app.domain.reading import Cancellation, RawPage, RecordReader, Stretch


def begin_export(records: RecordReader, stretch: Stretch) -> Stretch:
    """``stretch`` bound to what is there now, so that an export ends while records arrive."""
    if stretch.last_sequence is not None:
        return stretch
    return replace(stretch, last_sequence=records.last_sequence(stretch.filter))


def export_pages(
    records: RecordReader, stretch: Stretch, cancellation: Cancellation | None
) -> Iterator[RawPage]:
    """``stretch`` and all that lies behind it, page by page; only one is held at a time.

    Raises:
        OutOfTimeError: a page could not be read in time.
        CancelledError: whoever asked has gone.
        StoreUnavailableError: the store is away.
    """
    while True:
        if cancellation is not None and cancellation.is_cancelled:
            raise CancelledError("nobody reads the export any more")
        page = records.read(stretch, cancellation)
        if page.is_partial:
            raise OutOfTimeError("a part of the export could not be read in time")
        yield page
        if page.behind is None:
            return
        stretch = replace(stretch, after=page.behind, counts=False)
