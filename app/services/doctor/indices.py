"""Single indices that do not do what they should."""

from collections.abc import Iterator

from app.domain.diagnosis import Finding, Severity, Symptoms
from app.services.doctor.words import clip, count


def index_findings(symptoms: Symptoms) -> Iterator[Finding]:
    """Blocked by somebody, closed, and what was refused for good."""
    for index in symptoms.indices:
        if not index.is_open:
            does = (
                "its records wait and are not found" if index.is_write_index else "is not searched"
            )
            yield Finding(
                Severity.PROBLEM,
                f"{index.name} is closed: {does}",
                f"Somebody closed it; the lifecycle never does. POST /{index.name}/_open",
            )
        elif index.is_write_blocked and index.is_write_index:
            yield Finding(
                Severity.PROBLEM,
                f"{index.name} takes no records, and those of its period go there: they wait in the log",
                "The block is not the lifecycle's, unless that is just at it: look again in a minute, "
                f'then PUT /{index.name}/_settings {{"index.blocks.write": null}}',
            )
    yield from _letters(symptoms)
    unsearched = [index.name for index in symptoms.indices if index.health == "red"]
    if unsearched and symptoms.cluster is not None and not symptoms.cluster.unassigned:
        yield Finding(
            Severity.PROBLEM, f"{clip(unsearched)} cannot be searched", "Look again in a minute."
        )


def _letters(symptoms: Symptoms) -> Iterator[Finding]:
    letters = symptoms.letters
    if letters is None:
        return
    if not letters.count:
        yield Finding(Severity.OK, "no dead letters")
        return
    yield Finding(
        Severity.WARNING,
        f"{count(letters.count, 'record')} refused for good, the last one as: {letters.newest}",
        "They are kept: `logfeed dead-letters` lists them. Mend what the reason names, then `logfeed "
        "dead-letters replay`, or `purge` what is of no use.",
    )
