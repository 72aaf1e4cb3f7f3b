"""Counters of this service, over all its worker processes.

With PROMETHEUS_MULTIPROC_DIR set, as ``logfeed serve`` does before its workers start, the client
library keeps each process's numbers in that folder and adds them up on reading.
"""

import os
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from time import perf_counter

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric

from app.domain.outcomes import Outcome, Status
from app.http.answers import json_answer
from app.http.shipping_metrics import ShippingMetrics

#: Other methods are counted together: a label for each would let any client fill the memory.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What is counted; one object a process.

    Attributes:
        shipping: what the shipper tells of its work.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._records = Counter(
            "logfeed_records",
            "Records by what became of them.",
            ["outcome", "rule"],
            registry=self._registry,
        )
        self._requests = Histogram(
            "logfeed_request_seconds",
            "Time to answer a request.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self._registry,
        )

        self._by_request: dict[tuple[str, str, int], Histogram] = {}
        self.shipping = ShippingMetrics(self._registry, "the write-ahead log")
        self._letters = Counter(
            "logfeed_dead_letters",
            "Dead letters by what was done with them.",
            ["action"],
            registry=self._registry,
        )

    def letters(self, action: str, number: int) -> None:
        """So many dead letters were replayed (with the outcome) or purged."""
        if number:
            self._letters.labels(action).inc(number)

    def observe_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        """Count the records of a batch."""
        for (status, rule), number in Tally([(it.status, it.rule) for it in outcomes]).items():
            self._records.labels(status.value, rule or "").inc(number)

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        # The library's own look-up of a child takes longer than all that the child does.
        key = (method, route, status)
        child = self._by_request.get(key)
        if child is None:
            child = self._by_request[key] = self._requests.labels(method, route, str(status))
        child.observe(seconds)

    def text(self) -> bytes:
        """All numbers in Prometheus' text format."""
        return generate_latest(self._reader())

    def summary(self) -> dict[str, float | int]:
        """The totals that ``GET /api/v1/metrics`` shows."""
        outcomes = dict.fromkeys((status.value for status in Status), 0)
        requests, errors, seconds, pending = 0, 0, 0.0, 0
        for metric in self._reader().collect():
            if metric.name == "logfeed_records":
                for outcome, number in _totals(metric, "_total", "outcome").items():
                    outcomes[outcome] += int(number)
            elif metric.name == "logfeed_pending_records":
                pending = int(sum(sample.value for sample in metric.samples))
            elif metric.name == "logfeed_request_seconds":
                by_status = _totals(metric, "_count", "status")
                requests = int(sum(by_status.values()))
                errors = int(sum(n for status, n in by_status.items() if status >= "400"))
                seconds = sum(_totals(metric, "_sum", "status").values())
        return {
            "logs_received": sum(outcomes.values()),
            "logs_processed": outcomes[Status.CREATED] + outcomes[Status.DUPLICATE],
            "logs_filtered": outcomes[Status.DROPPED],
            "logs_accepted": outcomes[Status.ACCEPTED],
            "logs_pending": pending,
            "logs_duplicate": outcomes[Status.DUPLICATE],
            "logs_rejected": outcomes[Status.REJECTED],
            "logs_failed": outcomes[Status.FAILED],
            "errors": errors,
            "requests": requests,
            "avg_response_time_ms": round(1_000 * seconds / requests, 3) if requests else 0.0,
        }

    def _reader(self) -> CollectorRegistry:
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # noqa: TID251 - the library's own switch
            return self._registry
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return together


def metrics_routes(metrics: Metrics, more: Callable[[], bytes]) -> Blueprint:
    """``/metrics`` for Prometheus and ``/api/v1/metrics`` for people.

    Args:
        more: what else Prometheus is told, in its text format.
    """
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics.text() + more(), content_type=CONTENT_TYPE_LATEST)

    @routes.get("/api/v1/metrics")
    def summary() -> Response:
        return json_answer({"metrics": metrics.summary()})

    return routes


def time_requests(app: Flask, metrics: Metrics) -> None:
    """Measure every request that ``app`` answers."""

    @app.before_request
    def start() -> None:
        g.started = perf_counter()

    @app.after_request
    def stop(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        seconds = perf_counter() - g.get("started", perf_counter())
        method = request.method if request.method in _METHODS else "other"
        metrics.observe_request(method, route, response.status_code, seconds)
        return response


def _totals(metric: Metric, suffix: str, label: str) -> dict[str, float]:
    totals: dict[str, float] = {}
    for sample in metric.samples:
        if sample.name == metric.name + suffix:
            key = sample.labels[label]
            totals[key] = totals.get(key, 0.0) + sample.value
    return totals
