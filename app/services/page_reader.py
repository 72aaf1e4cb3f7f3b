"""Pages for those who search: in parts, so that neither we nor the store hold too much at a time."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter
from app.domain.page_size import PageSize
from app.domain.reading import Cancellation, RawPage, RecordReader, Stretch
from app.services.fitting_reads import (
    IMPATIENT,
    USUAL_PAGE,
    bytes_of,
    read_what_fits,
    size_of,
)

#: Bytes of records at which a page ends; the part that goes beyond it is still a part of it.
MOST_BYTES = 32 * 1024 * 1024
#: What one part should have at most.
PART_BYTES = 16 * 1024 * 1024
#: Records of the first part: if they are short, the others of the longest page are one more.
_FIRST_PART = 125
_MOST_KNOWN = 256


class PageReader:
    """Reads pages whose bytes are bounded, whatever the records are like.

    Up to a hundred records are asked for at once. Of more, some come first, and tell how many of the
    others fit into the next part; whoever goes on with the same search has parts as large as those
    before. Safe for use from several threads: what is known of records is a guess, and any will do.
    """

    def __init__(self, records: RecordReader) -> None:
        self._records = records
        #: By filter, how many of its records fit into a part.
        self._fitting: dict[Filter, int] = {}

    def read(
        self,
        stretch: Stretch,
        cancellation: Cancellation | None = None,
        *,
        must_be_full: bool = False,
    ) -> RawPage:
        """The records that ``stretch`` asks for; fewer, where they have more than ``MOST_BYTES``.

        Of a page with fewer ``behind`` says where to go on.

        Args:
            must_be_full: whoever counts pages would miss what one has too few.

        Raises:
            InvalidQueryError: it must be full, and its records are too large for that.
            CancelledError: who asked has gone meanwhile.
            StoreUnavailableError: the store is away.
        """

        def read(part: Stretch) -> RawPage:
            return self._records.read(part, cancellation)

        limit = stretch.limit
        fitting = _FIRST_PART
        if limit > USUAL_PAGE:
            fitting = self._fitting.get(stretch.filter, _FIRST_PART)
        size = PageSize(fitting, limit, PART_BYTES)
        part = stretch if size.records == limit else replace(stretch, limit=size.records)
        pages: list[RawPage] = []
        count = held = 0
        while True:
            part, page = read_what_fits(read, part, IMPATIENT)
            if not pages and part.limit == limit <= USUAL_PAGE:
                return page
            pages.append(page)
            count += len(page.records)
            if page.records:
                read_bytes = bytes_of(page)
                held += read_bytes
                size.adapt(part.limit, len(page.records), read_bytes)
                self._keep(stretch.filter, size.records)
            if count >= limit or page.behind is None:
                return _joined(pages)
            if held >= MOST_BYTES:
                if must_be_full:
                    raise _too_large(pages)
                return _joined(pages)
            fewer = min(limit - count, size.records)
            part = replace(stretch, limit=fewer, offset=0, after=page.behind, counts=False)

    def _keep(self, filter: Filter, fitting: int) -> None:
        if len(self._fitting) >= _MOST_KNOWN:
            self._fitting = {}
        self._fitting[filter] = fitting


def _joined(pages: Sequence[RawPage]) -> RawPage:
    """``pages``, each of which begins where the one before ends, as one."""
    first, last = pages[0], pages[-1]
    if first is last:
        return first
    return replace(
        first,
        records=[record for page in pages for record in page.records],
        positions=[place for page in pages for place in page.positions],
        behind=last.behind,
        is_partial=last.is_partial,
    )


def _too_large(pages: Sequence[RawPage]) -> InvalidQueryError:
    held = fitting = 0
    for record in _joined(pages).records:
        held += size_of(record)
        if held >= MOST_BYTES:
            break
        fitting += 1
    return InvalidQueryError(
        "limit",
        f"asks for records of more than {MOST_BYTES >> 20} MiB together: ask for at most "
        f"{max(fitting, USUAL_PAGE)} of them, or go on by next_cursor instead of page or offset",
    )
