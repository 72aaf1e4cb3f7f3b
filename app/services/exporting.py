"""Reads any number of records, one stretch after the other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
    """``stretch`` and all that lies behind it, page by page; no more than two are held at a time.

    Raises:
        OutOfTimeError: a page could not be read in time.
        CancelledError: whoever asked has gone.
        StoreUnavailableError: the store is away.
    """
    with ThreadPoolExecutor(1, "export") as ahead:
        page = _read(records, stretch, cancellation)
        while page.behind is not None:
            behind = replace(stretch, after=page.behind, counts=False)
            # The next one is read while this one is sent; store and client would take turns otherwise.
            following = ahead.submit(_read, records, behind, cancellation)
            yield page
            page = following.result()
        yield page


def _read(records: RecordReader, stretch: Stretch, cancellation: Cancellation | None) -> RawPage:
    if cancellation is not None and cancellation.is_cancelled:
        raise CancelledError("nobody reads the export any more")
    page = records.read(stretch, cancellation)
    if page.is_partial:
        raise OutOfTimeError("a part of the export could not be read in time")
    return page
