"""Whether the process lives, and whether it can serve."""

from flask import Blueprint, Response

from app.http.answers import json_answer, problem_answer
from app.protocols.problems import problem
from app.services.log_feeding import LogFeedingService


def health_routes(service: LogFeedingService) -> Blueprint:
    """``/healthz`` answers while the process does; ``/readyz`` when engine and templates are there."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return json_answer({"status": "alive"})

    @routes.get("/readyz")
    def readyz() -> Response:
        health = service.health()
        if not health.is_ready:
            return problem_answer(problem(503, health.detail))
        return json_answer({"status": "ready", "detail": health.detail})

    return routes
