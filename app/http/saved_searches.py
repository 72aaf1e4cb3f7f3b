"""Routes for searches that are kept by name."""

from flask import Blueprint, Response, request

from app.domain.saved_searches import SavedSearch
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.http.parameters import query_parameters
from app.protocols.problems import problem
from app.protocols.rest import check_names
from app.protocols.saved_searches import (
    IF_MATCH,
    IF_NONE_MATCH,
    dump_saved_search,
    etag,
    parse_condition,
    parse_saved_search,
)
from app.services.saved_searches import SavedSearches

_MAX_BODY_BYTES = 262_144


def saved_search_routes(saved: SavedSearches) -> Blueprint:
    """List, show, save and delete."""
    routes = Blueprint("saved_searches", __name__)

    @routes.get("/api/v1/searches")
    def list_searches() -> Response:
        check_names(query_parameters(), {})
        found = saved.all()
        shown = [dump_saved_search(search) for search in found]
        return json_answer({"searches": shown, "count": len(shown)})

    @routes.get("/api/v1/searches/<name>")
    def show(name: str) -> Response:
        found = saved.get(name)
        return _no_search(name) if found is None else _answer(found)

    @routes.put("/api/v1/searches/<name>")
    def save(name: str) -> Response:
        condition = parse_condition(
            request.headers.get(IF_MATCH), request.headers.get(IF_NONE_MATCH)
        )
        parameters, description = parse_saved_search(bodies.read_json(_MAX_BODY_BYTES))
        search, is_new = saved.save(name, parameters, description, condition)
        return _answer(search, 201 if is_new else 200)

    @routes.delete("/api/v1/searches/<name>")
    def delete(name: str) -> Response:
        condition = parse_condition(
            request.headers.get(IF_MATCH), request.headers.get(IF_NONE_MATCH)
        )
        if not saved.delete(name, condition):
            return _no_search(name)
        return json_answer({"deleted": name})

    return routes


def _answer(search: SavedSearch, status: int = 200) -> Response:
    answer = json_answer({"search": dump_saved_search(search)}, status)
    answer.headers["ETag"] = etag(search)
    return answer


def _no_search(name: str) -> Response:
    return problem_answer(problem(404, f"there is no saved search with the name {name!r}"))
