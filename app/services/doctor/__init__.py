"""Explains what is wrong and what to do, for an operator at three in the morning."""

from collections.abc import Callable, Iterator

from app.domain.diagnosis import Finding, Severity, Symptoms
from app.services.doctor.cluster import cluster_findings
from app.services.doctor.disks import disk_findings
from app.services.doctor.indices import index_findings
from app.services.doctor.lifecycle import lifecycle_findings
from app.services.doctor.machine import machine_findings

_RULES: tuple[Callable[[Symptoms], Iterator[Finding]], ...] = (
    cluster_findings,
    disk_findings,
    index_findings,
    lifecycle_findings,
    machine_findings,
)


def diagnose(symptoms: Symptoms) -> list[Finding]:
    """All findings, the worst first."""
    found = [finding for rule in _RULES for finding in rule(symptoms)]
    found += [
        Finding(Severity.WARNING, f"could not be looked at: {text}", "Mend that, and run it again.")
        for text in symptoms.unseen
    ]
    return sorted(found, key=lambda finding: -finding.severity)
