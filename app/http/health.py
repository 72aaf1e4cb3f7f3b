"""Whether the process lives, and whether it can serve."""

from collections.abc import Callable

from flask import Blueprint, Response

from app.domain.ports import Health
from app.http.answers import json_answer, problem_answer
from app.protocols.problems import problem


def health_routes(check: Callable[[], Health]) -> Blueprint:
    """``/healthz`` answers while the process does; ``/readyz`` as ``check`` finds what it needs."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return json_answer({"status": "alive"})

    @routes.get("/readyz")
    def readyz() -> Response:
        health = check()
        if not health.is_ready:
            return problem_answer(problem(503, health.detail))
        return json_answer({"status": "ready", "detail": health.detail})

    return routes
