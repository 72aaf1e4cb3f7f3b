"""Routes for one record whose id stands among the parameters, where every id can stand.

In the path, an id that ends in ``/context``, or is the name of a route (``export``), leads elsewhere. To
write it ``%2Fcontext`` is no remedy: servers and proxies on the way may turn that into a slash.
"""

from flask import Blueprint, Response

from app.http.answers import json_answer, problem_answer
from app.http.neighbours import context_answer
from app.http.parameters import query_parameters
from app.protocols.neighbours import ID_PARAMETER, take_id
from app.protocols.problems import problem
from app.protocols.rest import check_names, dump_entry
from app.services.log_feeding import LogFeedingService


def single_record_routes(service: LogFeedingService) -> Blueprint:
    """A record, and those around it, under both addresses."""
    routes = Blueprint("single_records", __name__)

    @routes.get("/record")
    @routes.get("/api/v1/record")
    def record() -> Response:
        wanted, others = take_id(query_parameters())
        check_names(others, ID_PARAMETER)
        entry = service.get_log(wanted)
        if entry is None:
            return problem_answer(problem(404, f"there is no record with the id {wanted!r}"))
        return json_answer({"log": dump_entry(entry)})

    @routes.get("/record/context")
    @routes.get("/api/v1/record/context")
    def context() -> Response:
        wanted, others = take_id(query_parameters())
        return context_answer(service, wanted, others)

    return routes
