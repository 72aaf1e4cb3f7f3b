"""Counters of a consumer of the queue, and the small site that shows them."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.domain.outcomes import Status
from app.domain.ports import Health
from app.http import errors
from app.http.health import health_routes


class ConsumerMetrics:
    """What one consumer counts; its process has no others.

    The names that the API has too mean the same there: what was logged is at all times what was shipped
    and what is pending.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._logged = Counter(
            "logfeed_logged_records",
            "Records that were read from the queue.",
            registry=self._registry,
        )
        self._shipped = Counter(
            "logfeed_shipped_records",
            "Records of the queue by what Elasticsearch made of them.",
            ["outcome"],
            registry=self._registry,
        )
        self._pending = Gauge(
            "logfeed_pending_records",
            "Records that were read and that Elasticsearch does not have yet.",
            registry=self._registry,
        )
        self._undecodable = Counter(
            "logfeed_undecodable_messages",
            "Messages that are no records of ours; each is kept as a dead letter.",
            registry=self._registry,
        )
        self._lag = Gauge(
            "logfeed_queue_lag_messages",
            "Messages in the queue that are not committed, of the partitions that this consumer has.",
            ["partition"],
            registry=self._registry,
        )
        self._expired = Gauge(
            "logfeed_queue_expired_messages",
            "Messages that the topic's retention deleted before they were committed.",
            ["partition"],
            registry=self._registry,
        )

    def logged(self, records: int) -> None:
        """So many records were read."""
        self._logged.inc(records)
        self._pending.inc(records)

    def settled(self, status: Status, records: int) -> None:
        """So many of them are done."""
        if records:
            self._shipped.labels(status.value).inc(records)
            self._pending.dec(records)

    def undecodable(self) -> None:
        """One more message that is no record."""
        self._undecodable.inc()

    def queue(self, lag: Mapping[int, int], expired: Mapping[int, int]) -> None:
        """How far behind the consumer is, for each partition that it has; others are not shown."""
        for gauge, numbers in ((self._lag, lag), (self._expired, expired)):
            gauge.clear()
            for partition, number in numbers.items():
                gauge.labels(str(partition)).set(number)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._registry)


def build_consumer_application(metrics: ConsumerMetrics, health: Callable[[], Health]) -> Flask:
    """A WSGI application with ``/metrics``, ``/healthz`` and ``/readyz``, and nothing else."""
    app = Flask("logfeed", static_folder=None)
    errors.register(app)
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(routes)
    app.register_blueprint(health_routes(health))
    return app
