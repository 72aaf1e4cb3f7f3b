"""Exports in windows of time: every record once, in order, whatever the times of records are like."""

import threading
from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.entry import LogEntry
from app.domain.errors import (
    AnswerTooLargeError,
    CancelledError,
    OutOfTimeError,
    StoreUnavailableError,
)
from app.domain.filters import Filter
from app.domain.page_size import PAGE_BYTES
from app.domain.reading import MAX_STRETCH, Cancellation, Position, RawPage, Stretch
from app.services.exporting import begin_export, export_pages
from app.services.search_reader import SearchReader
from app.stores.memory import InMemoryDatabase
from tests.builders import DAY, HOUR, NOON_NS, entry

LIMIT = 20
SECONDS = 30.0


class Watched(SearchReader):
    """Knows what was asked of it."""

    def __init__(self, entries: Sequence[LogEntry]) -> None:
        store = InMemoryDatabase()
        store.append(entries)
        super().__init__(store)
        self.asked: list[Stretch] = []

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        self.asked.append(stretch)
        return super().read(stretch, cancellation)


def at_times(times: Sequence[int]) -> list[LogEntry]:
    return [entry(f"{n:05}", at=NOON_NS + time) for n, time in enumerate(times)]


def exported(records: Watched, *, newest_first: bool = True) -> list[str]:
    pages = export_pages(records, Stretch(limit=LIMIT, newest_first=newest_first), None)
    return [record.id for page in pages for record in page.records]


#: Steps from one record to the next: some share an instant, some are years apart.
steps = st.lists(st.sampled_from([0, 0, 1, 1_000, 1_000_000, HOUR, 300 * DAY]), max_size=200)


@given(steps, st.booleans())
@settings(max_examples=60)
def test_every_record_comes_once_and_in_order(steps: list[int], newest_first: bool) -> None:
    times = list(accumulate(steps))
    records = Watched(at_times([time for time in times if time < 9_000 * DAY]))

    whole = list(records._walk(Stretch().filter, newest_first, None))  # noqa: SLF001
    assert exported(records, newest_first=newest_first) == [one.id for one in whole]


def test_of_records_that_come_evenly_no_page_is_looked_for_in_all_that_is_left() -> None:
    records = Watched(at_times([n * HOUR for n in range(400)]))

    assert len(exported(records)) == 400
    whole = [asked for asked in records.asked if asked.limit == LIMIT][1:]
    assert len(whole) < 400 / LIMIT * 1.5 + 4


def test_a_pause_and_a_burst_cost_only_few_readings() -> None:
    evenly = [n * HOUR for n in range(200)]
    burst = [300 * DAY + n for n in range(200)]
    rarely = [400 * DAY + n * 10 * DAY for n in range(200)]
    records = Watched(at_times([*evenly, *burst, *rarely]))

    for newest_first in (True, False):
        records.asked.clear()
        assert len(exported(records, newest_first=newest_first)) == 600
        assert len(records.asked) < 100


def test_what_comes_next_is_read_while_a_page_is_sent() -> None:
    records = Watched(at_times([n * HOUR for n in range(400)]))
    both = threading.Barrier(4)

    class Slow(Watched):
        def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
            if stretch.filter != Stretch().filter and not both.broken:
                both.wait(SECONDS)
            return records.read(stretch, cancellation)

    pages = export_pages(Slow([]), Stretch(limit=LIMIT), None)
    next(pages)
    both.wait(SECONDS)
    both.abort()
    pages.close()  # type: ignore[attr-defined]  # an iterator that is a generator


def test_who_has_gone_is_not_read_for() -> None:
    records = Watched(at_times([n * HOUR for n in range(400)]))
    gone = Cancellation()
    pages = export_pages(records, Stretch(limit=LIMIT), gone)
    next(pages)
    gone.cancel()

    with pytest.raises(CancelledError):
        list(pages)
    assert len(records.asked) <= 5


def test_a_page_that_is_not_whole_ends_it() -> None:
    class Late(Watched):
        def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
            return RawPage([], [], None, is_partial=True)

    with pytest.raises(OutOfTimeError):
        next(export_pages(Late([]), Stretch(), None))


def test_records_that_come_later_are_left_out_also_where_whole_pages_are_later() -> None:
    """What reads them is told where to stop; a page may come without a single record then."""

    class Numbered(Watched):
        def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
            page = super().read(stretch, cancellation)
            known = [n for n, place in enumerate(page.positions) if int(place.id) < 200]
            return RawPage(
                [page.records[n] for n in known], [page.positions[n] for n in known], page.behind
            )

        def last_sequence(self, filter: Filter) -> int | None:
            return 199

    records = Numbered(at_times([n * HOUR for n in range(400)]))
    stretch = begin_export(records, Stretch(limit=LIMIT))

    assert stretch.last_sequence == 199
    assert exported(records) == [f"{n:05}" for n in range(199, -1, -1)]
    assert (
        begin_export(records, Stretch(after=Position(1, 1, ""), last_sequence=7)).last_sequence == 7
    )


def long_at_times(times: Sequence[int], size: int = 100_000) -> list[LogEntry]:
    return [
        entry(f"long-{n:05}", at=NOON_NS + at, message="x" * size) for n, at in enumerate(times)
    ]


def test_pages_of_short_records_soon_have_as_many_as_may_be() -> None:
    records = Watched(at_times([n * 1_000_000 for n in range(8_000)]))

    pages = [len(page.records) for page in export_pages(records, Stretch(limit=2_000), None)]

    assert sum(pages) == 8_000
    assert pages[0] == 100
    assert max(asked.limit for asked in records.asked) == 2_000
    assert len(pages) < 15


def test_pages_of_long_records_have_few_of_them() -> None:
    records = Watched(long_at_times([n * HOUR for n in range(400)]))

    first, *others = export_pages(records, Stretch(limit=MAX_STRETCH), None)

    assert sum(len(page.records) for page in (first, *others)) == 400
    assert len(first.records) == 100
    assert max(size_of(page) for page in others) <= PAGE_BYTES
    assert {asked.limit for asked in records.asked[1:]} <= {1, PAGE_BYTES // 100_002}


def test_where_short_records_become_long_only_what_is_on_its_way_is_large() -> None:
    short = at_times([n * 1_000_000 for n in range(3_000)])
    records = Watched(
        [*short, *long_at_times([(3_000 + n) * 1_000_000 for n in range(1_500)], 20_000)]
    )
    stretch = Stretch(limit=500, newest_first=False)

    pages = list(export_pages(records, stretch, None))

    assert sum(len(page.records) for page in pages) == 4_500
    large = [page for page in pages if size_of(page) > 1.2 * PAGE_BYTES]
    assert 0 < len(large) <= 4


def test_an_export_of_long_records_can_go_on_behind_any_page() -> None:
    records = Watched(long_at_times([n * HOUR for n in range(300)]))
    ids = exported(records)

    pages = list(export_pages(records, Stretch(limit=MAX_STRETCH), None))
    for page in pages[:4]:
        rest = export_pages(records, Stretch(limit=MAX_STRETCH, after=page.positions[-1]), None)
        left = [record.id for one in rest for record in one.records]
        assert left == ids[ids.index(page.records[-1].id) + 1 :]


def test_what_the_store_refuses_because_it_is_too_much_is_read_in_small_pages() -> None:
    class Small(Watched):
        refused: ClassVar[list[Stretch]] = []

        def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
            page = super().read(stretch, cancellation)
            if size_of(page) > 5 * PAGE_BYTES:
                self.refused.append(stretch)
                raise AnswerTooLargeError("that does not fit into the memory")
            return page

    short = [n * 1_000_000 for n in range(3_000)]
    long = [(3_000 + n) * 1_000_000 for n in range(1_500)]
    records = Small([*at_times(short), *long_at_times(long, size=50_000)])

    pages = list(export_pages(records, Stretch(limit=1_000, newest_first=False), None))

    ids = [record.id for page in pages for record in page.records]
    assert ids == [f"{n:05}" for n in range(3_000)] + [f"long-{n:05}" for n in range(1_500)]
    # It is not tried with many again and again.
    assert len(records.refused) < 8


def test_a_store_that_is_away_ends_it() -> None:
    class Away(Watched):
        def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
            if self.asked:
                raise StoreUnavailableError("away")
            return super().read(stretch, cancellation)

    pages = export_pages(Away(at_times([n * HOUR for n in range(400)])), Stretch(limit=500), None)
    next(pages)

    with pytest.raises(StoreUnavailableError, match="away"):
        list(pages)


def size_of(page: RawPage) -> int:
    return sum(len(record.message) + len(record.metadata) for record in page.records)
