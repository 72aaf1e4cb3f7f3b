"""The composition root of ``logfeed scheduler``."""

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.domain.instants import NANOS_PER_SECOND
from app.domain.jobs import Guard, Job
from app.domain.ports import Clock, StateStore
from app.scheduler.housekeeping import dead_letter_job, log_job, template_job
from app.scheduler.lifecycle import SHARES, lifecycle_job
from app.scheduler.presence import presence_file, present
from app.scheduler.runner import Jobs, ScheduledJob
from app.scheduler.scheduler import Scheduler
from app.scheduler.steady import steady_clock
from app.services.job_board import JobBoard
from app.services.lease import Lease
from app.settings import Settings
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import connect
from app.stores.elasticsearch.dead_letters import DeadLetters
from app.stores.elasticsearch.indices import Indices
from app.stores.elasticsearch.state import ElasticsearchStateStore
from app.stores.write_ahead_log.survey import remove_damaged, survey
from app.wiring.admin import create_admin
from app.wiring.clock import system_clock
from app.wiring.cluster import cluster_address
from app.wiring.indices import create_indices, create_templates
from app.wiring.policies import bounds_of, policies_of
from retention.clock_watch import ClockWatch
from retention.executor import Executor


@dataclass(frozen=True)
class SchedulerSystem:
    """A scheduler with everything behind it."""

    scheduler: Scheduler
    client: Client
    presence: Path

    def run(self, stopping: threading.Event) -> None:
        """Work until ``stopping``; waits for Elasticsearch as long as it takes."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.client.close)
            self.scheduler.run(stopping, lambda: stack.enter_context(present(self.presence)))


def create_scheduler(
    settings: Settings, jobs: Jobs | None = None, clock: Clock = system_clock
) -> SchedulerSystem:
    """A scheduler over the cluster that ``settings`` name; nothing is asked of it yet.

    Args:
        jobs: to be run instead of Logfeed's own.

    Raises:
        StoreError: a setting of the connection cannot be used.
    """
    client = connect(cluster_address(settings))
    instance = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    if jobs is None:
        jobs = create_jobs(settings, client, clock, instance)
    state = _state(settings, client)
    lease = Lease(
        state,
        instance,
        settings.scheduler_lease,
        steady_clock,
        clock,
        {"jobs": ",".join(jobs)},
    )
    scheduler = Scheduler(jobs, lease, JobBoard(state), clock, settings.scheduler_lease)
    return SchedulerSystem(scheduler, client, presence_file(settings.data_dir))


def create_jobs(settings: Settings, client: Client, clock: Clock, by: str) -> Jobs:
    """All that Logfeed does at set times; ``by`` is who acts, for the audit.

    Raises:
        LogfeedError: the policies cannot be used.
    """
    indices = create_indices(settings, client)
    templates = create_templates(settings, client)
    letters = DeadLetters(client, settings.index_prefix, indices, clock)
    lifecycle = _lifecycle(settings, client, indices, clock, by)
    return {
        "rollover": ScheduledJob(lifecycle["rollover"], settings.schedule_rollover),
        "tiers": ScheduledJob(lifecycle["tiers"], settings.schedule_tiers),
        "retention": ScheduledJob(lifecycle["retention"], settings.schedule_retention),
        "size_cap": ScheduledJob(lifecycle["size_cap"], settings.schedule_size_cap),
        "snapshot": ScheduledJob(lifecycle["snapshot"], settings.schedule_snapshot),
        "templates": ScheduledJob(
            template_job(templates.missing, templates.install), settings.schedule_templates
        ),
        "dead_letters": ScheduledJob(
            dead_letter_job(letters, clock, settings.dead_letter_age),
            settings.schedule_housekeeping,
        ),
        "write_ahead_log": ScheduledJob(
            log_job(
                partial(survey, settings.data_dir / "wal", clock),
                remove_damaged,
                settings.damaged_log_age,
            ),
            settings.schedule_housekeeping,
        ),
    }


def _lifecycle(
    settings: Settings, client: Client, indices: Indices, clock: Clock, by: str
) -> Mapping[str, Job]:
    policies, bounds = policies_of(settings), bounds_of(settings)
    watch = ClockWatch(clock, lambda: int(steady_clock() * NANOS_PER_SECOND))

    def executor_of(guard: Guard) -> Executor:
        admin = create_admin(settings, client, indices, clock, guard)
        return Executor(admin, clock, watch=watch, guard=guard, by=by)

    return {
        name: lifecycle_job(share, executor_of, policies, bounds) for name, share in SHARES.items()
    }


def _state(settings: Settings, client: Client) -> StateStore:
    # A request that hangs must not take longer than the lease has left.
    quick = client.options(request_timeout=max(1.0, settings.scheduler_lease / 3))
    indices = create_indices(settings, quick)
    return ElasticsearchStateStore(quick, settings.index_prefix, indices)
