"""Routes that show records among others."""

from collections.abc import Mapping
from functools import partial

import msgspec
from flask import Blueprint, Response, request

from app.domain.ports import Clock
from app.domain.query import Query
from app.domain.waiting import current_cancellation
from app.http.answers import problem_answer
from app.http.cached import present, refuses_kept
from app.http.parameters import query_parameters
from app.http.read_requests import wants_fresh
from app.http.reading import address_with, cancellation, raw_answer
from app.protocols import problems
from app.protocols.neighbours import dump_context, dump_trace, parse_context, parse_trace
from app.protocols.pages import PageRequest, cursor_of, dump_raw_page, encode
from app.protocols.problems import problem
from app.services.log_feeding import LogFeedingService
from app.services.surroundings import read_around
from app.services.traces import gaps, summarise, trace_filter


def neighbour_routes(service: LogFeedingService, clock: Clock) -> Blueprint:
    """The records around one, and those of a trace, under both addresses."""
    routes = Blueprint("neighbours", __name__)

    @routes.get("/logs/<record_id:id>/context")
    @routes.get("/api/v1/logs/<record_id:id>/context")
    def context(id: str) -> Response:
        return context_answer(service, id, query_parameters())

    @routes.get("/traces/<record_id:id>")
    @routes.get("/api/v1/traces/<record_id:id>")
    def trace(id: str) -> Response:
        parameters = query_parameters()
        cursor = cursor_of(parameters.get("cursor"))
        is_fresh = _is_fresh(parameters)
        now = cursor.now if cursor else present(service.answers, clock, is_fresh=is_fresh)
        within, limit = parse_trace(parameters, now)
        query = Query(trace_filter(id, within), limit, newest_first=False)
        return _trace_answer(service, id, PageRequest(query, now, cursor), parameters)

    return routes


def _is_fresh(parameters: Mapping[str, str]) -> bool:
    by_header = wants_fresh(request.headers.get("Cache-Control", ""))
    return refuses_kept(parameters, by_header=by_header)


class _NotKeptError(Exception):
    """An answer that is not to be kept: there is nothing yet, or not all of it could be read."""

    def __init__(self, body: object, status: int) -> None:
        super().__init__(status)
        self.body = body
        self.status = status


def _trace_answer(
    service: LogFeedingService, id: str, asked: PageRequest, parameters: Mapping[str, str]
) -> Response:
    """A page of a trace, from the cache or read."""
    # Taken here: the answer may be made in another thread, for several who ask.
    wanted, path = asked.query.filter, request.path

    def read() -> bytes:
        stretch = asked.stretch()
        # Not of this request alone: others may wait for the same.
        page = service.pages.read(stretch, current_cancellation())
        stats = service.get_stats(wanted)
        if not stats.total and not page.records:
            raise _NotKeptError(
                problem(404, f"no record has the trace or correlation id {id!r}"), 404
            )
        # Behind a cursor the first records were on another page: the services by their counts, then.
        first = [] if asked.cursor else page.records
        services = [msgspec.json.decode(one.service) for one in first]
        body = dump_raw_page(page, asked, partial(address_with, path, parameters))
        shown = dump_trace(body, id, summarise(stats, services), gaps(page, stretch))
        if page.is_partial:
            raise _NotKeptError(shown, 504)
        return encode(shown)

    answers = service.answers
    # The address and all of its parameters: the answer holds the address of the next page.
    question = [f"{name}={text}" for name, text in sorted(parameters.items()) if name != "cache"]
    try:
        found, result = answers.answer(
            answers.aggregations.plan(wanted),
            ["trace", path, *question],
            wanted,
            read,
            is_fresh=_is_fresh(parameters),
            cancellation=cancellation(),
        )
    except _NotKeptError as error:
        return raw_answer(error.body, error.status, problems.CONTENT_TYPE)
    response = raw_answer(msgspec.Raw(found))
    response.headers["X-Cache"] = result
    return response


def context_answer(service: LogFeedingService, id: str, parameters: Mapping[str, str]) -> Response:
    """The record of this id with those around it.

    Raises:
        InvalidQueryError: a parameter that is not allowed, or the record has no source.
    """
    before, after, same = parse_context(parameters)
    around = read_around(service.records, id, before, after, same, cancellation())
    if around is None:
        return problem_answer(problem(404, f"there is no record with the id {id!r}"))
    return raw_answer(dump_context(around))
