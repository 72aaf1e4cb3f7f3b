"""Pages follow the size of their records."""

from app.domain.page_size import PAGE_BYTES, PageSize

KIB = 1024


def grown() -> PageSize:
    size = PageSize(first=100, most=5_000)
    for _ in range(2):
        size.adapt(size.records, size.records, size.records * 500)
    return size


def test_pages_of_usual_records_soon_have_as_many_as_is_allowed() -> None:
    assert PageSize(first=100, most=20).records == 20
    assert grown().records == 5_000


def test_a_page_of_large_records_makes_the_next_one_small() -> None:
    size = grown()

    size.adapt(5_000, 5_000, 5_000 * 50 * KIB)
    assert size.records == PAGE_BYTES // (50 * KIB)

    # So do those that were asked for before, and tell the same once more.
    size.adapt(5_000, 5_000, 5_000 * 50 * KIB)
    assert size.records == PAGE_BYTES // (50 * KIB)


def test_a_few_large_records_tell_how_many_of_them_fit() -> None:
    size = PageSize(first=100, most=5_000)

    size.adapt(100, 5, 5 * 200 * KIB)
    assert size.records == PAGE_BYTES // (200 * KIB)


def test_one_record_is_asked_for_however_large_it_is() -> None:
    size = grown()

    size.adapt(5_000, 1, 2 * PAGE_BYTES)
    assert size.records == 1


def test_a_page_without_records_tells_nothing_against_more() -> None:
    size = PageSize(first=100, most=5_000)

    size.adapt(100, 0, 0)
    assert size.records == 800
