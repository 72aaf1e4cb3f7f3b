"""The lifecycle: does somebody look after it, and does it get on?"""

from collections.abc import Iterator

from app.domain.diagnosis import Finding, Severity, Symptoms
from app.domain.jobs import Outcome
from app.domain.lifecycle import Tier
from app.services.doctor.words import clip


def lifecycle_findings(symptoms: Symptoms) -> Iterator[Finding]:
    """Missing tiers, stuck steps, the archive's repository, the scheduler."""
    if symptoms.away:
        return
    yield from _tiers(symptoms)
    for stuck in symptoms.stuck:
        yield Finding(
            Severity.WARNING,
            f"{stuck.target}: {stuck.reason}",
            "Nothing is lost; it is tried again on every run of the scheduler.",
        )
    told = {stuck.target for stuck in symptoms.stuck}
    for failure in symptoms.failures:
        if failure.target not in told:
            yield Finding(
                Severity.WARNING,
                f"{failure.kind} of {failure.target} failed last at {failure.at}: {failure.error}",
                "It is tried again on every run of the scheduler. `logfeed retention apply` tries now.",
            )
    yield from _repository(symptoms)
    yield from _scheduler(symptoms)


def _tiers(symptoms: Symptoms) -> Iterator[Finding]:
    missing = sorted(symptoms.wanted_tiers - symptoms.tiers) if symptoms.tiers else []
    if missing:
        yield Finding(
            Severity.WARNING,
            f"no node is of tier {clip([str(tier) for tier in missing])}: indices stay where they are",
            "Start a node with that attribute (LOGFEED_TIER_ATTRIBUTE), or take "
            f"{' and '.join(f'{tier}_after' for tier in missing)} out of the policies. Nothing is lost.",
        )
    elif symptoms.cluster is not None and Tier.HOT not in symptoms.tiers and symptoms.tiers:
        yield Finding(
            Severity.WARNING,
            "nodes have tiers, and none is hot: new records have no tier of their own",
            "Give the attribute to one more node (see LOGFEED_TIER_ATTRIBUTE).",
        )


def _repository(symptoms: Symptoms) -> Iterator[Finding]:
    cluster = symptoms.cluster
    if cluster is None or not symptoms.archives or cluster.repository == "here":
        return
    if cluster.repository == "missing":
        yield Finding(
            Severity.WARNING,
            "the snapshot repository of the archive is missing",
            "It is made when the first index is archived, if path.repo is set on every node; "
            f"otherwise register one of the name {cluster.detail} (S3, for example).",
        )
    else:
        yield Finding(
            Severity.PROBLEM,
            f"the snapshot repository of the archive is {cluster.repository}: {cluster.detail}",
            "Nothing is archived, and what waits to be is kept. See that every node can write to it, "
            "and that it is not registered with readonly.",
        )


def _scheduler(symptoms: Symptoms) -> Iterator[Finding]:
    status = symptoms.scheduler
    if status is None:
        return
    if status.leader is None:
        yield Finding(
            Severity.PROBLEM,
            "no scheduler is at work: no index gets a successor, and nothing is deleted",
            "Start `logfeed scheduler` (it is part of `make up`); several may run.",
        )
    else:
        yield Finding(Severity.OK, f"the scheduler at work is {status.leader.instance}")
    for job in status.jobs:
        if job.outcome is Outcome.FAILED:
            yield Finding(
                Severity.WARNING,
                f"the job {job.name} failed last: {job.detail}",
                "It is run again at its next time. `logfeed scheduler` has the status of all jobs.",
            )
        elif job.outcome is Outcome.ATTENTION:
            yield Finding(
                Severity.WARNING, f"the job {job.name} says: {job.detail}", "See to what it names."
            )
