"""Routes that find records."""

from dataclasses import replace
from functools import partial

from flask import Blueprint, Response
from werkzeug.routing import PathConverter

from app.domain.filters import CompositeFilter
from app.domain.ports import Clock
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.http.parameters import query_parameters
from app.http.read_side import ReadSide
from app.http.reading import address_with, page_answer
from app.protocols.aggregations import flag
from app.protocols.pages import cursor_of
from app.protocols.problems import problem
from app.protocols.rest import EXPLAIN_PARAMETER, check_names, dump_entry, parse_query
from app.protocols.search_body import MAX_SEARCH_BYTES, cursor_in, parse_search
from app.services.log_feeding import LogFeedingService


class _RecordId(PathConverter):
    """What is left of the address: an id may hold any character, slashes and line breaks too."""

    regex = "(?s:.+?)"
    part_isolating = False


def search_routes(service: LogFeedingService, read_side: ReadSide, clock: Clock) -> Blueprint:
    """Search and single records, under both addresses."""
    routes = Blueprint("search", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(record_id=_RecordId))

    @routes.get("/logs")
    @routes.get("/api/v1/logs")
    def search() -> Response:
        parameters = query_parameters()
        cursor = cursor_of(parameters.get("cursor"))
        now = cursor.now if cursor else clock()
        others, saved = read_side.take_saved(parameters, now)
        query = parse_query(others, now)
        return page_answer(
            service,
            replace(query, filter=CompositeFilter(query.filter, saved)),
            now,
            cursor,
            partial(address_with, parameters),
            is_explained=flag(parameters, "explain", default=False),
        )

    @routes.post("/logs/search")
    @routes.post("/api/v1/logs/search")
    def search_by_body() -> Response:
        parameters = query_parameters()
        check_names(parameters, EXPLAIN_PARAMETER)
        is_explained = flag(parameters, "explain", default=False)
        body = bodies.read_json(MAX_SEARCH_BYTES)
        cursor = cursor_in(body)
        now = cursor.now if cursor else clock()
        query = parse_search(body, now)
        return page_answer(
            service, query, now, cursor, lambda cursor: None, is_explained=is_explained
        )

    @routes.get("/logs/<record_id:id>")
    @routes.get("/api/v1/logs/<record_id:id>")
    def get_one(id: str) -> Response:
        entry = service.get_log(id)
        if entry is None:
            return problem_answer(problem(404, f"there is no record with the id {id!r}"))
        return json_answer({"log": dump_entry(entry)})

    return routes
