"""Routes for the scheduler: who leads, what the jobs did, and a run on demand."""

from flask import Blueprint, Response

from app.domain.errors import InvalidQueryError
from app.http.answers import json_answer, problem_answer
from app.http.parameters import query_parameters
from app.protocols.problems import problem
from app.protocols.scheduler import dump_scheduler
from app.services.scheduler_view import SchedulerView


def scheduler_routes(view: SchedulerView) -> Blueprint:
    """Show, and run a job."""
    routes = Blueprint("scheduler", __name__)

    @routes.get("/api/v1/scheduler")
    def show() -> Response:
        _refuse_parameters()
        return json_answer(dump_scheduler(view.status()))

    @routes.post("/api/v1/scheduler/jobs/<name>/run")
    def run(name: str) -> Response:
        _refuse_parameters()
        request = view.ask(name)
        if request is None:
            known = ", ".join(view.names())
            return problem_answer(problem(404, f"there is no job {name!r}; there are {known}"))
        message = f"{name} is run as soon as the leader sees it, within seconds"
        return json_answer({"message": message, "job": name, "request": request}, 202)

    return routes


def _refuse_parameters() -> None:
    for name in query_parameters():
        raise InvalidQueryError(name, "is not known; this route takes no parameters")
