"""Routes that find records."""

from functools import partial

from flask import Blueprint, Response
from werkzeug.routing import PathConverter

from app.domain.ports import Clock
from app.http.answers import json_answer, problem_answer
from app.http.parameters import query_parameters
from app.http.reading import address_with, page_answer
from app.protocols.pages import cursor_of
from app.protocols.problems import problem
from app.protocols.rest import (
    FILTER_PARAMETERS,
    check_names,
    dump_entry,
    dump_stats,
    parse_filter,
    parse_query,
)
from app.services.log_feeding import LogFeedingService


class _RecordId(PathConverter):
    """What is left of the address: an id may hold any character, slashes and line breaks too."""

    regex = "(?s:.+?)"
    part_isolating = False


def search_routes(service: LogFeedingService, clock: Clock) -> Blueprint:
    """Search, statistics and single records, under both addresses."""
    routes = Blueprint("search", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(record_id=_RecordId))

    @routes.get("/logs")
    @routes.get("/api/v1/logs")
    def search() -> Response:
        parameters = query_parameters()
        cursor = cursor_of(parameters.get("cursor"))
        now = cursor.now if cursor else clock()
        query = parse_query(parameters, now)
        return page_answer(service, query, now, cursor, partial(address_with, parameters))

    @routes.get("/logs/stats")
    @routes.get("/api/v1/logs/stats")
    def stats() -> Response:
        parameters = query_parameters()
        check_names(parameters, FILTER_PARAMETERS)
        return json_answer(dump_stats(service.get_stats(parse_filter(parameters, clock()))))

    @routes.get("/logs/<record_id:id>")
    @routes.get("/api/v1/logs/<record_id:id>")
    def get_one(id: str) -> Response:
        entry = service.get_log(id)
        if entry is None:
            return problem_answer(problem(404, f"there is no record with the id {id!r}"))
        return json_answer({"log": dump_entry(entry)})

    return routes
