"""Reads any number of records: what comes next is read while others are sent."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from app.domain.errors import CancelledError, OutOfTimeError
from app.domain.filters import CompositeFilter, TimeRangeFilter
from app.domain.page_size import PageSize
from app.domain.reading import Cancellation, Position, RawPage, RecordReader, Stretch
from app.services.fitting_reads import PATIENT, USUAL_PAGE, bytes_of, read_what_fits

#: Windows that are read while one is sent.
_AHEAD = 3
#: The part of a page that a window is to fill; one that holds more takes a second reading.
_FILLED = 0.85
#: A window that holds less ends in a pause, behind which records may lie as close as before it.
_SPARSE = 0.125
_MOST_GROWTH = 2.0
#: Where one that begins with a record holds less, records have become rare.
_GROWTH_IF_RARE = 8
_LEAST_WIDTH = 1_000_000


def begin_export(records: RecordReader, stretch: Stretch) -> Stretch:
    """``stretch`` bound to what is there now, so that an export ends while records arrive."""
    if stretch.last_sequence is not None:
        return stretch
    return replace(stretch, last_sequence=records.last_sequence(stretch.filter))


def export_pages(
    records: RecordReader, stretch: Stretch, cancellation: Cancellation | None
) -> Iterator[RawPage]:
    """``stretch`` and all that lies behind it, page by page; no more than five are held at a time.

    The pages grow from a small first one up to the limit of ``stretch``, so far as their records are
    small enough (``PageSize``): so five of them are some 20 MiB, whatever the records are like. Where
    small ones suddenly become large, those pages that are on their way already are larger; what the
    store refuses is read again in a small page.

    Behind the first page, time is cut into windows of about a page each. So the store sorts what lies in
    one, and not all that is left, for each page; and as the next ones are known before this one is
    there, they are read at the same time. Where one turns out almost empty, they go on at the next
    record that there is.

    Raises:
        OutOfTimeError: a page could not be read in time.
        CancelledError: whoever asked has gone.
        StoreUnavailableError: the store is away, or has no memory even for a small page.
    """
    threads = ThreadPoolExecutor(_AHEAD, "export")

    def begin(stretch: Stretch) -> Future[tuple[Stretch, RawPage]]:
        return threads.submit(_read, records, stretch, cancellation)

    try:
        size = PageSize(USUAL_PAGE, stretch.limit)
        stretch, page = _read(records, replace(stretch, limit=size.records), cancellation)
        if page.behind is None:
            yield page
            return
        windows = _Windows(stretch, page, page.behind, size)
        waiting = deque(begin(windows.next()) for _ in range(_AHEAD))
        yield page
        while waiting:
            window, page = waiting.popleft().result()
            windows.learn(window, page)
            while page.behind is not None:
                following = begin(replace(window, after=page.behind, limit=size.records))
                yield page
                window, page = following.result()
                _adapt(size, window, page)
            if not windows.are_sparse:
                waiting.append(begin(windows.next()))
            elif not waiting:
                _, nearest = _read(records, windows.rest(), cancellation)
                if windows.go_on_at(nearest):
                    waiting.extend(begin(windows.next()) for _ in range(_AHEAD))
            yield page
    finally:
        threads.shutdown(cancel_futures=True)


class _Windows:
    """Stretches of time, one behind the other, from behind a page on.

    Args:
        stretch: of that page.
        size: how many records each is to hold; it follows the pages that are read.

    Attributes:
        are_sparse: the last one held so little that others like it are not worth reading.
    """

    def __init__(self, stretch: Stretch, page: RawPage, behind: Position, size: PageSize) -> None:
        self._stretch = replace(stretch, counts=False)
        self._size = size
        self._after: Position | None = behind
        self._begin = behind.timestamp
        #: Nanoseconds from one record to the next.
        self._step = 0.0
        self._begins_with_a_record = False
        self.are_sparse = False
        self.learn(stretch, page)

    def next(self) -> Stretch:
        """The next window."""
        limit = self._size.records
        width = max(int(limit * _FILLED * self._step), _LEAST_WIDTH)
        far = self._begin + self._direction * width
        window = replace(
            self._stretch,
            filter=CompositeFilter(
                self._stretch.filter, TimeRangeFilter(min(self._begin, far), max(self._begin, far))
            ),
            after=self._after,
            limit=limit,
        )
        self._begin, self._after = far + self._direction, None
        return window

    def rest(self) -> Stretch:
        """The first record of all that lies behind the last window."""
        begin = self._begin
        left = TimeRangeFilter(None, begin) if self._direction < 0 else TimeRangeFilter(begin)
        return replace(self._stretch, filter=CompositeFilter(self._stretch.filter, left), limit=1)

    def go_on_at(self, page: RawPage) -> bool:
        """Let the next one begin with the record of ``page``; false if there is none."""
        place = page.positions[0] if page.positions else page.behind
        if place is None:
            return False
        self._begin, self._begins_with_a_record = place.timestamp, True
        return True

    def learn(self, window: Stretch, page: RawPage) -> None:
        """Cut the next ones to hold about a page each, as one that began with ``page`` shows."""
        count, limit = len(page.positions), window.limit
        least = _LEAST_WIDTH / limit
        self.are_sparse = page.behind is None and count < limit * _SPARSE
        if page.behind is not None:
            self._step = max(_span_of(page) / limit, least)
        elif not self.are_sparse:
            growth = min(limit * _FILLED / count, _MOST_GROWTH)
            self._step = max(self._step * growth, least)
        elif self._begins_with_a_record:
            self._step *= _GROWTH_IF_RARE
        self._begins_with_a_record = False
        _adapt(self._size, window, page)

    @property
    def _direction(self) -> int:
        return -1 if self._stretch.newest_first else 1


def _span_of(page: RawPage) -> int:
    """Nanoseconds from its first record to its last."""
    places = page.positions
    return abs(places[0].timestamp - places[-1].timestamp) if places else 0


def _adapt(size: PageSize, window: Stretch, page: RawPage) -> None:
    """Have the next pages as large as the records of this one allow."""
    if page.records:
        size.adapt(window.limit, len(page.records), bytes_of(page))


def _read(
    records: RecordReader, stretch: Stretch, cancellation: Cancellation | None
) -> tuple[Stretch, RawPage]:
    return read_what_fits(lambda one: _read_once(records, one, cancellation), stretch, PATIENT)


def _read_once(
    records: RecordReader, stretch: Stretch, cancellation: Cancellation | None
) -> RawPage:
    if cancellation is not None and cancellation.is_cancelled:
        raise CancelledError("nobody reads the export any more")
    page = records.read(stretch, cancellation)
    if page.is_partial:
        raise OutOfTimeError("a part of the export could not be read in time")
    return page
