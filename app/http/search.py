"""What finds records."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from flask import Blueprint, Response
from werkzeug.routing import PathConverter

from app.domain.accounts import accounting
from app.domain.filters import CompositeFilter
from app.domain.ports import Clock
from app.domain.query import Query
from app.http.answers import json_answer, problem_answer
from app.http.read_requests import Handlers, ReadAnswer, ReadRequest
from app.http.read_side import ReadSide
from app.http.reading import address_with
from app.protocols import problems
from app.protocols.aggregations import dump_explanation, flag
from app.protocols.cursors import Cursor
from app.protocols.pages import PageRequest, cursor_of, dump_raw_page, encode
from app.protocols.problems import problem
from app.protocols.rest import EXPLAIN_PARAMETER, check_names, dump_entry, parse_query
from app.protocols.search_body import cursor_in, parse_search
from app.services.log_feeding import LogFeedingService


class _RecordId(PathConverter):
    """What is left of the address: an id may hold any character, slashes and line breaks too."""

    regex = "(?s:.+?)"
    part_isolating = False


def search_handlers(service: LogFeedingService, read_side: ReadSide, clock: Clock) -> Handlers:
    """Searches, under both addresses."""

    def search(request: ReadRequest) -> ReadAnswer:
        parameters = request.parameters
        cursor = cursor_of(parameters.get("cursor"))
        now = cursor.now if cursor else clock()
        others, saved = read_side.take_saved(parameters, now)
        query = parse_query(others, now)
        return _page(
            service,
            replace(query, filter=CompositeFilter(query.filter, saved)),
            now,
            cursor,
            partial(address_with, request.path, parameters),
            request,
        )

    def search_by_body(request: ReadRequest) -> ReadAnswer:
        check_names(request.parameters, EXPLAIN_PARAMETER)
        # What is wrong with an address is told before what is wrong with a body.
        flag(request.parameters, "explain", default=False)
        body = request.body()
        cursor = cursor_in(body)
        now = cursor.now if cursor else clock()
        query = parse_search(body, now)
        return _page(service, query, now, cursor, lambda cursor: None, request)

    return {
        ("GET", "/logs"): search,
        ("GET", "/api/v1/logs"): search,
        ("POST", "/logs/search"): search_by_body,
        ("POST", "/api/v1/logs/search"): search_by_body,
    }


def record_routes(service: LogFeedingService) -> Blueprint:
    """Single records, under both addresses."""
    routes = Blueprint("records", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(record_id=_RecordId))

    @routes.get("/logs/<record_id:id>")
    @routes.get("/api/v1/logs/<record_id:id>")
    def get_one(id: str) -> Response:
        entry = service.get_log(id)
        if entry is None:
            return problem_answer(problem(404, f"there is no record with the id {id!r}"))
        return json_answer({"log": dump_entry(entry)})

    return routes


def _page(
    service: LogFeedingService,
    query: Query,
    now: int,
    cursor: Cursor | None,
    next_address: Callable[[str], str | None],
    request: ReadRequest,
) -> ReadAnswer:
    """A page of records, whatever the door was: read as bytes, answered as bytes.

    Args:
        now: what the relative times of ``query`` were counted from: the cursor's own, if there is one.
        next_address: makes the address of the next page of its cursor; None where it has none.

    Raises:
        InvalidQueryError: the cursor belongs to another query.
    """
    is_explained = flag(request.parameters, "explain", default=False)
    asked = PageRequest(query, now, cursor)
    with accounting() as account:
        page = service.pages.read(
            asked.stretch(), request.cancellation, must_be_full=query.is_numbered
        )
    body = dump_raw_page(page, asked, next_address)
    if is_explained:
        plan = service.answers.aggregations.plan(query.filter)
        body["explain"] = dump_explanation([plan], account, "off")
    wire = encode(body) + b"\n"
    if page.is_partial:
        return ReadAnswer(wire, 504, problems.CONTENT_TYPE)
    return ReadAnswer(wire)
