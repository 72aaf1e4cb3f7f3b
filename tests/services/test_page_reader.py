"""Pages for those who search: full as a rule, and never of more bytes than can be held."""

from collections.abc import Sequence

import pytest

from app.domain.entry import LogEntry
from app.domain.errors import AnswerTooLargeError, InvalidQueryError
from app.domain.filters import ServiceFilter
from app.domain.reading import Cancellation, RawPage, Stretch
from app.services.fitting_reads import bytes_of
from app.services.page_reader import MOST_BYTES, PART_BYTES, PageReader
from app.services.search_reader import SearchReader
from app.services.surroundings import read_around
from app.stores.memory import InMemoryDatabase
from tests.builders import NOON_NS, entry

LONG = 200_000


class Watched(SearchReader):
    """Knows what was asked of it, and how large the answers were.

    Attributes:
        most: bytes beyond which a page is refused.
    """

    def __init__(self, entries: Sequence[LogEntry]) -> None:
        store = InMemoryDatabase()
        store.append(entries)
        super().__init__(store)
        self.limits: list[int] = []
        self.sizes: list[int] = []
        self.most = 10**12

    def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
        self.limits.append(stretch.limit)
        page = super().read(stretch, cancellation)
        self.sizes.append(bytes_of(page))
        if self.sizes[-1] > self.most:
            raise AnswerTooLargeError("that does not fit into the memory")
        return page


def short(count: int) -> list[LogEntry]:
    return [entry(f"{n:05}", at=NOON_NS + n) for n in range(count)]


def long(count: int) -> list[LogEntry]:
    text = "x" * LONG
    return [entry(f"{n:05}", at=NOON_NS + n, message=text) for n in range(count)]


def ids(page: RawPage) -> list[str]:
    assert [place.id for place in page.positions] == [record.id for record in page.records]
    return [record.id for record in page.records]


def walked(pages: PageReader, limit: int) -> list[list[str]]:
    page = pages.read(Stretch(limit=limit, newest_first=False))
    found = [ids(page)]
    while page.behind is not None:
        page = pages.read(Stretch(limit=limit, newest_first=False, after=page.behind))
        found.append(ids(page))
    return found


def test_a_usual_page_is_one_reading() -> None:
    records = Watched(short(250))

    page = PageReader(records).read(Stretch(limit=100, counts=True))

    assert (records.limits, len(page.records), page.total) == ([100], 100, 250)


def test_a_page_of_many_short_records_is_full_and_soon_one_reading() -> None:
    records = Watched(short(3_000))
    pages = PageReader(records)

    first = pages.read(Stretch(limit=1_000, newest_first=False, counts=True))
    assert ids(first) == [f"{n:05}" for n in range(1_000)]
    assert first.total == 3_000
    assert records.limits == [125, 875]
    second = pages.read(Stretch(limit=1_000, newest_first=False, after=first.behind))
    assert ids(second) == [f"{n:05}" for n in range(1_000, 2_000)]
    assert records.limits[2:] == [1_000]


def test_a_page_ends_where_its_records_have_too_many_bytes_and_the_next_goes_on() -> None:
    records = Watched(long(600))
    pages = PageReader(records)

    found = walked(pages, 1_000)

    assert [one for page in found for one in page] == [f"{n:05}" for n in range(600)]
    assert {len(page) for page in found[:-1]} < set(range(MOST_BYTES // LONG, 300))
    first, *others = records.sizes
    assert first <= 125 * (LONG + 4)
    assert max(others) <= PART_BYTES + LONG


def test_a_page_of_a_hundred_is_full_whatever_its_records_are_like() -> None:
    page = PageReader(Watched(long(200))).read(Stretch(limit=100))

    assert len(page.records) == 100


def test_a_page_that_must_be_full_is_refused_with_what_fits() -> None:
    pages = PageReader(Watched(long(600)))

    with pytest.raises(InvalidQueryError) as caught:
        pages.read(Stretch(limit=500, offset=50), must_be_full=True)

    assert caught.value.field == "limit"
    assert "more than 32 MiB together" in caught.value.reason
    fitting = int(caught.value.reason.split(" of them")[0].split()[-1])
    assert MOST_BYTES - 2 * LONG < fitting * LONG < MOST_BYTES
    whole = pages.read(Stretch(limit=fitting, offset=50, newest_first=False), must_be_full=True)
    assert ids(whole) == [f"{n:05}" for n in range(50, 50 + fitting)]


def test_a_full_page_by_offset_is_put_together_from_its_parts() -> None:
    page = PageReader(Watched(short(2_000))).read(
        Stretch(limit=700, offset=900, newest_first=False, counts=True), must_be_full=True
    )

    assert ids(page) == [f"{n:05}" for n in range(900, 1_600)]
    assert (page.total, page.behind) == (2_000, page.positions[-1])


def test_a_page_ends_with_the_last_record_there_is() -> None:
    page = PageReader(Watched(short(150))).read(Stretch(limit=1_000))

    assert (len(page.records), page.behind) == (150, None)


def test_where_the_store_has_no_memory_for_a_page_it_is_read_in_smaller_parts() -> None:
    records = Watched(long(90))
    records.most = 50 * LONG

    page = PageReader(records).read(Stretch(limit=80, newest_first=False))

    assert ids(page) == [f"{n:05}" for n in range(80)]
    assert records.limits[:2] == [80, 8]


def test_a_part_whose_time_ran_out_ends_the_page() -> None:
    class Late(Watched):
        def read(self, stretch: Stretch, cancellation: Cancellation | None = None) -> RawPage:
            page = super().read(stretch, cancellation)
            if len(self.limits) == 1:
                return page
            return RawPage(page.records[:5], page.positions[:5], None, is_partial=True)

    page = PageReader(Late(short(500))).read(Stretch(limit=400, counts=True))

    assert (len(page.records), page.is_partial, page.behind, page.total) == (130, True, None, 500)


def test_what_is_known_of_one_search_says_nothing_of_another() -> None:
    records = Watched([*short(1_000), *(entry(f"b-{n}", service="b") for n in range(200))])
    pages = PageReader(records)
    walked(pages, 1_000)
    records.limits.clear()

    pages.read(Stretch(ServiceFilter("b"), limit=1_000))

    assert records.limits[0] == 125


def test_the_nearest_of_very_large_neighbours_are_shown() -> None:
    around = read_around(Watched(long(601)), "00300", 300, 300, "service")

    assert around is not None
    older = [record.id for record in around.older]
    assert older == [f"{n:05}" for n in range(299, 299 - len(older), -1)]
    assert MOST_BYTES // LONG <= len(older) < 300
    assert [record.id for record in around.newer][-1] == "00301"


def test_a_store_without_any_memory_is_told_soon() -> None:
    records = Watched(long(90))
    records.most = 0

    with pytest.raises(AnswerTooLargeError):
        PageReader(records).read(Stretch(limit=80))
    assert records.limits == [80, 8]
