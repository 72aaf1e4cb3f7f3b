"""The scheduler as the API spells it."""

from typing import Any

from app.domain.instants import format_instant
from app.domain.jobs import JobStatus, SchedulerStatus


def dump_scheduler(status: SchedulerStatus) -> dict[str, Any]:
    """Who leads, and every job."""
    leader = status.leader
    return {
        "leader": None
        if leader is None
        else {
            "instance": leader.instance,
            "term": leader.term,
            "since": format_instant(leader.since),
        },
        "jobs": [
            dump_job(job) | {"requested": job.name in status.requested} for job in status.jobs
        ],
    }


def dump_job(job: JobStatus) -> dict[str, Any]:
    """One job with its last run; what there is not is null."""
    return {
        "name": job.name,
        "schedule": job.schedule,
        "outcome": job.outcome.value,
        "detail": job.detail,
        "started_at": _instant(job.started_at),
        "ended_at": _instant(job.ended_at),
        "next_run_at": _instant(job.next_run_at),
        "last_success_at": _instant(job.last_success_at),
        "failures": job.failures,
        "instance": job.instance or None,
        "request": job.request or None,
    }


def _instant(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)
