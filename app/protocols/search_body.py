"""The body of a search: a filter tree, a query text, and the page."""

from dataclasses import replace
from typing import Any

from app.domain.draft import Malformed
from app.domain.errors import InvalidQueryError
from app.domain.filters import CompositeFilter
from app.domain.query import Query
from app.protocols import json_records
from app.protocols.cursors import Cursor
from app.protocols.filter_json import parse_filter_json
from app.protocols.json_walk import BodyError
from app.protocols.pages import cursor_of
from app.protocols.rest import PAGE_PARAMETERS, parse_query

#: Largest body of a search.
MAX_SEARCH_BYTES = 65_536
_KEYS = ("filter", "q", *PAGE_PARAMETERS)


def cursor_in(body: bytes) -> Cursor | None:
    """The cursor of a body; None where it has none, or is none that ``parse_search`` takes.

    Raises:
        InvalidQueryError: it is none of ours.
        BodyError: the body is no JSON.
    """
    value = json_records.decode_one(body)
    text = value.get("cursor") if isinstance(value, dict) else None
    return cursor_of(text) if isinstance(text, str) else None


def parse_search(body: bytes, now: int) -> Query:
    """The query that a body spells; ``now`` is what relative times count from.

    Raises:
        BodyError: it is no JSON object.
        InvalidQueryError: it names the place in the JSON.
    """
    value = json_records.decode_one(body)
    if isinstance(value, Malformed) or not isinstance(value, dict):
        raise BodyError('a search is a JSON object such as {"filter": {"level": "ERROR"}}')
    for name in value:
        if name not in _KEYS:
            raise InvalidQueryError(name[:60], f"is not known; allowed are {', '.join(_KEYS)}")
    spelled = {name: _spelled(name, it) for name, it in value.items() if name != "filter"}
    query = parse_query(spelled, now)
    if "filter" not in value:
        return query
    return replace(
        query, filter=CompositeFilter(query.filter, parse_filter_json(value["filter"], now))
    )


def _spelled(name: str, value: Any) -> str:
    """A value as it would stand in an address."""
    if isinstance(value, str):
        return value
    if name == "cursor":
        raise InvalidQueryError(name, "must be text: the next_cursor of the page before")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InvalidQueryError(name, "must be text or a whole number")
