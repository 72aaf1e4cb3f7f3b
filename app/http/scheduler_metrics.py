"""The scheduler for Prometheus, as any API process reads it from the shared state."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from app.domain.errors import LogfeedError
from app.domain.instants import NANOS_PER_SECOND
from app.domain.jobs import Outcome
from app.services.scheduler_view import SchedulerView


def scheduler_text(view: SchedulerView) -> bytes:
    """Its numbers in Prometheus' text format; none while the state is away."""
    try:
        status = view.status()
    except LogfeedError:
        return b""
    # Made anew each time: what is read is the same for all processes, and nothing adds up.
    registry = CollectorRegistry()

    def gauge(name: str, text: str, labels: tuple[str, ...] = ("job",)) -> Gauge:
        return Gauge(f"logfeed_scheduler_{name}", text, labels, registry=registry)

    gauge("leader", "Whether a scheduler leads: 1 or 0.", ()).set(status.leader is not None)
    success = gauge("last_success_timestamp_seconds", "When a job was last done, Unix time.")
    failures = gauge("failures", "Runs of a job that have failed, ever.")
    failing = gauge("failing", "Whether the last run of a job failed: 1 or 0.")
    for job in status.jobs:
        if job.last_success_at is not None:
            success.labels(job.name).set(job.last_success_at / NANOS_PER_SECOND)
        failures.labels(job.name).set(job.failures)
        failing.labels(job.name).set(job.outcome is Outcome.FAILED)
    return generate_latest(registry)
