"""How much may be asked for at once."""

import pytest

from app.domain.errors import InvalidQueryError
from app.domain.query import Query


def test_a_page_has_100_records_by_default_newest_first() -> None:
    query = Query()

    assert (query.limit, query.offset, query.newest_first) == (100, 0, True)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (1_000, 0), (1_000, 9_000), (0, 10_000)])
def test_pages_reach_down_to_the_ten_thousandth_hit(limit: int, offset: int) -> None:
    query = Query(limit=limit, offset=offset)

    assert (query.limit, query.offset) == (limit, offset)


@pytest.mark.parametrize(
    ("limit", "offset", "field"),
    [
        (-1, 0, "limit"),
        (1_001, 0, "limit"),
        (10, -1, "offset"),
        (1_000, 9_001, "offset"),
        (1, 10_000, "offset"),
    ],
)
def test_what_lies_beyond_is_refused_by_name(limit: int, offset: int, field: str) -> None:
    with pytest.raises(InvalidQueryError) as caught:
        Query(limit=limit, offset=offset)

    assert caught.value.field == field
