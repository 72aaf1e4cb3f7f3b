"""The small site of a process that serves nothing else: its figures and its health."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.domain.ports import Health
from app.http import errors
from app.http.health import health_routes


def build_metrics_site(text: Callable[[], bytes], health: Callable[[], Health]) -> Flask:
    """A WSGI application with ``/metrics``, ``/healthz`` and ``/readyz``, and nothing else.

    Args:
        text: gives the figures in Prometheus' text format.
    """
    app = Flask("logfeed", static_folder=None)
    errors.register(app)
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def prometheus() -> Response:
        return Response(text(), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(routes)
    app.register_blueprint(health_routes(health))
    return app
