"""Routes that find records."""

from dataclasses import replace

from flask import Blueprint, Response
from werkzeug.routing import PathConverter

from app.domain.accounts import accounting
from app.domain.filters import CompositeFilter
from app.domain.ports import Clock
from app.domain.query import Query
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.http.parameters import query_parameters
from app.http.read_side import ReadSide
from app.protocols.aggregations import dump_explanation, flag
from app.protocols.problems import problem
from app.protocols.rest import EXPLAIN_PARAMETER, check_names, dump_entry, dump_page, parse_query
from app.protocols.search_body import MAX_SEARCH_BYTES, parse_search
from app.services.log_feeding import LogFeedingService


class _RecordId(PathConverter):
    """What is left of the address: an id may hold any character, slashes and line breaks too."""

    regex = "(?s:.+?)"
    part_isolating = False


def search_routes(service: LogFeedingService, read_side: ReadSide, clock: Clock) -> Blueprint:
    """Search and single records, under both addresses."""
    routes = Blueprint("search", __name__)
    routes.record_once(lambda state: state.app.url_map.converters.update(record_id=_RecordId))

    def answer(query: Query, *, is_explained: bool) -> Response:
        with accounting() as account:
            page = service.search(
                query.filter,
                limit=query.limit,
                offset=query.offset,
                newest_first=query.newest_first,
            )
        body = dump_page(page, query)
        if is_explained:
            plan = service.answers.aggregations.plan(query.filter)
            body["explain"] = dump_explanation([plan], account, "off")
        return json_answer(body)

    @routes.get("/logs")
    @routes.get("/api/v1/logs")
    def search() -> Response:
        parameters, saved = read_side.take_saved(query_parameters())
        query = parse_query(parameters, clock())
        wanted = replace(query, filter=CompositeFilter(query.filter, saved))
        return answer(wanted, is_explained=flag(parameters, "explain", default=False))

    @routes.post("/logs/search")
    @routes.post("/api/v1/logs/search")
    def search_by_body() -> Response:
        parameters = query_parameters()
        check_names(parameters, EXPLAIN_PARAMETER)
        is_explained = flag(parameters, "explain", default=False)
        query = parse_search(bodies.read_json(MAX_SEARCH_BYTES), clock())
        return answer(query, is_explained=is_explained)

    @routes.get("/logs/<record_id:id>")
    @routes.get("/api/v1/logs/<record_id:id>")
    def get_one(id: str) -> Response:
        entry = service.get_log(id)
        if entry is None:
            return problem_answer(problem(404, f"there is no record with the id {id!r}"))
        return json_answer({"log": dump_entry(entry)})

    return routes
