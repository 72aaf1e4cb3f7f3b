"""What the routes that answer many records share."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask import Response, request

from app.domain.accounts import accounting
from app.domain.query import Query
from app.domain.reading import Cancellation
from app.protocols import problems
from app.protocols.aggregations import dump_explanation
from app.protocols.cursors import Cursor
from app.protocols.pages import PageRequest, dump_raw_page, encode
from app.services.log_feeding import LogFeedingService

#: Where the server puts the ``Cancellation`` of a request.
CANCELLATION = "logfeed.cancellation"


def cancellation() -> Cancellation | None:
    """Tells when the client of the current request has gone; None where the server cannot tell."""
    found = request.environ.get("asgi.scope", {}).get(CANCELLATION)
    return found if isinstance(found, Cancellation) else None


def page_answer(
    service: LogFeedingService,
    query: Query,
    now: int,
    cursor: Cursor | None,
    next_address: Callable[[str], str | None],
    *,
    is_explained: bool = False,
) -> Response:
    """A page of records, whatever the door was: read as bytes, answered as bytes.

    Args:
        now: what the relative times of ``query`` were counted from: the cursor's own, if there is one.
        next_address: makes the address of the next page of its cursor; None where it has none.
        is_explained: say what was asked of the store, too.

    Raises:
        InvalidQueryError: the cursor belongs to another query.
    """
    asked = PageRequest(query, now, cursor)
    with accounting() as account:
        page = service.records.read(asked.stretch(), cancellation())
    body = dump_raw_page(page, asked, next_address)
    if is_explained:
        plan = service.answers.aggregations.plan(query.filter)
        body["explain"] = dump_explanation([plan], account, "off")
    if page.is_partial:
        return raw_answer(body, 504, problems.CONTENT_TYPE)
    return raw_answer(body)


def raw_answer(body: object, status: int = 200, content_type: str = "application/json") -> Response:
    """``body`` as JSON, with records in it that are JSON already."""
    return Response(encode(body) + b"\n", status, content_type=content_type)


def address_with(parameters: Mapping[str, str], cursor: str) -> str:
    """The current address, relative to the host, with the same parameters and this cursor."""
    kept = {
        name: text for name, text in parameters.items() if name not in ("page", "offset", "cursor")
    }
    return f"{request.path}?{urlencode(kept | {'cursor': cursor})}"
