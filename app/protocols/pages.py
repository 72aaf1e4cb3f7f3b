"""Pages of records as the API answers them, and how one leads to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.json import Encoder

from app.domain.query import Query
from app.domain.reading import RawPage, Stretch
from app.protocols.cursors import Cursor, digest_of, from_text, to_text
from app.protocols.problems import problem

#: A body that holds records as they came (``RawRecord``) as JSON.
encode: Callable[[object], bytes] = Encoder().encode

#: What is said where the time ran out.
OUT_OF_TIME = (
    "the search took too long, and these are only some of its records: narrow the time range"
)


@dataclass(frozen=True)
class PageRequest:
    """A page that somebody asks for: the first, one by its offset, or the one behind ``cursor``.

    Args:
        now: what the relative times of the query were counted from.

    Raises:
        InvalidQueryError: the cursor belongs to another query.
    """

    query: Query
    now: int
    cursor: Cursor | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None:
            self.cursor.check(self.query.filter, self.query.newest_first)

    def stretch(self) -> Stretch:
        """What is to be read for it."""
        query, cursor = self.query, self.cursor
        return Stretch(
            query.filter,
            query.limit,
            0 if cursor else query.offset,
            query.newest_first,
            cursor.after if cursor else None,
            counts=cursor is None or cursor.total is None,
            last_sequence=cursor.last_sequence if cursor else None,
        )

    def total(self, page: RawPage) -> tuple[int, bool]:
        """How many records match, and whether that is exact: as counted for the first page."""
        if page.total is None and self.cursor is not None:
            return self.cursor.total or 0, self.cursor.is_total_exact
        return page.total or 0, page.is_total_exact

    def next_cursor(self, page: RawPage) -> str | None:
        """Where ``page`` ends; None if nothing comes behind it."""
        if page.behind is None:
            return None
        total, is_exact = self.total(page)
        digest = digest_of(self.query.filter, self.query.newest_first)
        last = self.cursor.last_sequence if self.cursor else None
        return to_text(Cursor(self.now, digest, page.behind, total, is_exact, last))


def cursor_of(text: str | None) -> Cursor | None:
    """The cursor of a request; None where it has none.

    Raises:
        InvalidQueryError: it is none of ours.
    """
    return from_text(text) if text else None


def dump_raw_page(
    page: RawPage, request: PageRequest, next_address: Callable[[str], str | None]
) -> dict[str, Any]:
    """The answer to a search, for ``encode``; of one that ran out of time it is a problem as well.

    Args:
        next_address: makes the address of the next page of its cursor; None where it has none.
    """
    total, is_exact = request.total(page)
    cursor = request.next_cursor(page)
    body: dict[str, Any] = {
        "logs": page.records,
        "count": len(page.records),
        "pagination": {
            "limit": request.query.limit,
            "offset": None if request.cursor else request.query.offset,
            "total": total,
            "total_is_exact": is_exact,
            "next": next_address(cursor) if cursor else None,
            "next_cursor": cursor,
        },
    }
    if page.reach:
        body["indices"] = {"asked": page.reach.asked, "skipped": page.reach.skipped}
    if page.is_partial:
        body |= problem(504, OUT_OF_TIME, timed_out=True, is_partial=True)
    return body
