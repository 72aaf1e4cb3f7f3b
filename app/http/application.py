"""The Flask application, put together from its groups of routes."""

from dataclasses import dataclass, field

from flask import Flask

from app.domain.outcomes import Acknowledge
from app.domain.ports import Clock
from app.http import bodies, errors
from app.http.aggregations import figure_handlers
from app.http.api_document import document_routes
from app.http.dead_letters import dead_letter_routes
from app.http.export import export_routes
from app.http.health import health_routes
from app.http.ingest import ingest_routes
from app.http.metrics import Metrics, metrics_routes, time_requests
from app.http.neighbours import neighbour_routes
from app.http.patterns import pattern_routes
from app.http.read_requests import Handlers, read_routes
from app.http.read_side import ReadSide
from app.http.replication import name_regions, replication_routes
from app.http.request_ids import name_requests
from app.http.saved_searches import saved_search_routes
from app.http.scheduler import scheduler_routes
from app.http.scheduler_metrics import scheduler_text
from app.http.search import record_routes, search_handlers
from app.http.single_records import single_record_routes
from app.http.storage import ReadStorage, storage_routes
from app.http.storage_metrics import StorageGauges
from app.protocols.body_limits import Most
from app.protocols.search_body import MAX_SEARCH_BYTES
from app.services.log_feeding import LogFeedingService
from app.services.scheduler_view import SchedulerView


@dataclass(frozen=True)
class HttpLimits:
    """What one request may carry, and what it waits for unless it says.

    Attributes:
        exports: how many may run at a time.
    """

    max_body_bytes: int = 33_554_432
    most: Most = field(default_factory=Most)
    acknowledge: Acknowledge = Acknowledge.STORED
    exports: int = 8


def read_handlers(service: LogFeedingService, read_side: ReadSide, clock: Clock) -> Handlers:
    """What is answered on both ways: by Flask, and by the short one (``app.http.read_door``)."""
    return {
        **search_handlers(service, read_side, clock),
        **figure_handlers(service, read_side, clock),
    }


def build_application(
    service: LogFeedingService,
    read_side: ReadSide,
    metrics: Metrics,
    clock: Clock,
    limits: HttpLimits,
    scheduler: SchedulerView,
    read_storage: ReadStorage,
) -> Flask:
    """A WSGI application over ``service``."""
    app = Flask("logfeed", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    errors.register(app)
    name_requests(app)
    time_requests(app, metrics)
    name_regions(app)
    app.register_blueprint(
        ingest_routes(service, limits.max_body_bytes, limits.most, limits.acknowledge)
    )
    app.register_blueprint(
        read_routes(
            read_handlers(service, read_side, clock), lambda: bodies.read_json(MAX_SEARCH_BYTES)
        )
    )
    app.register_blueprint(export_routes(service, read_side, clock, limits.exports))
    app.register_blueprint(record_routes(service))
    app.register_blueprint(neighbour_routes(service, clock))
    app.register_blueprint(single_record_routes(service))
    app.register_blueprint(pattern_routes(read_side, clock))
    app.register_blueprint(saved_search_routes(read_side.saved))
    app.register_blueprint(dead_letter_routes(service.dead_letters, metrics, limits.max_body_bytes))
    app.register_blueprint(replication_routes(service.replication))
    app.register_blueprint(health_routes(service.health))
    app.register_blueprint(scheduler_routes(scheduler))
    app.register_blueprint(storage_routes(read_storage))
    gauges = StorageGauges(read_storage)
    app.register_blueprint(
        metrics_routes(metrics, lambda: scheduler_text(scheduler) + gauges.text())
    )
    app.register_blueprint(document_routes())
    return app
