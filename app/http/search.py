"""Routes that find records."""

from flask import Blueprint, Response
from werkzeug.routing import PathConverter

from app.domain.ports import Clock
from app.domain.query import Query
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.http.parameters import query_parameters
from app.protocols.problems import problem
from app.protocols.rest import (
    FILTER_PARAMETERS,
    check_names,
    dump_entry,
    dump_page,
    dump_stats,
    parse_filter,
    parse_query,
)
from app.protocols.search_body import MAX_SEARCH_BYTES, parse_search
from app.services.log_feeding import LogFeedingService


class _RecordId(PathConverter):
    """What is left of the address: an id may hold any character, slashes and line breaks too."""

    regex = "(?s:.+?)"
    part_isolating = False


def search_routes(service: LogFeedingService, clock: Clock) -> Blueprint:
    """Search, statistics and single records, under both addresses."""
    routes = Blueprint("search", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(record_id=_RecordId))

    def answer(query: Query) -> Response:
        page = service.search(
            query.filter,
            limit=query.limit,
            offset=query.offset,
            newest_first=query.newest_first,
        )
        return json_answer(dump_page(page, query))

    @routes.get("/logs")
    @routes.get("/api/v1/logs")
    def search() -> Response:
        return answer(parse_query(query_parameters(), clock()))

    @routes.post("/logs/search")
    @routes.post("/api/v1/logs/search")
    def search_by_body() -> Response:
        return answer(parse_search(bodies.read_json(MAX_SEARCH_BYTES), clock()))

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
