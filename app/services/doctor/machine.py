"""This machine: its log, its API, its clock."""

from collections.abc import Iterator

from app.domain.diagnosis import Finding, Severity, Symptoms
from app.domain.instants import NANOS_PER_SECOND
from app.services.doctor.words import count, lasting, several, size

#: Seconds by which clocks may differ without a word, and from which on nothing is deleted.
_UNSAID, _REFUSED = 30.0, 300.0
#: Records that wait with nobody worrying: what a busy second or a short pause of Elasticsearch leaves.
_MANY = 100_000


def machine_findings(symptoms: Symptoms) -> Iterator[Finding]:
    """A log that may be lost or is left, an API that is away, clocks that differ."""
    yield from _log(symptoms)
    yield from _api(symptoms)
    yield from _clocks(symptoms)


def _log(symptoms: Symptoms) -> Iterator[Finding]:
    log = symptoms.log
    if log is None:
        return
    if log.is_volatile:
        yield Finding(
            Severity.WARNING,
            f"the write-ahead log in {log.folder} lies in memory (tmpfs): a restart loses what waits",
            "Choose a folder on a disk with LOGFEED_DATA_DIR, and restart.",
        )
    left = log.survey.left
    if left:
        total, oldest = (
            sum(one.segment_bytes for one in left),
            max(one.idle_seconds for one in left),
        )
        yield Finding(
            Severity.WARNING,
            f"up to {size(total)} of records lie in {several(left, 'log')} that no process has, "
            f"for {lasting(oldest)} at most",
            "An API on this machine, with this LOGFEED_DATA_DIR, ships them when it starts.",
        )
    damaged = log.survey.damaged
    if damaged:
        yield Finding(
            Severity.WARNING,
            f"{several(damaged, 'file')} of the write-ahead log could not be read, and "
            f"{'was' if len(damaged) == 1 else 'were'} set aside, {damaged[0].path} for one",
            "The disk may be failing: look at its health. What could be read was stored.",
        )


def _api(symptoms: Symptoms) -> Iterator[Finding]:
    api = symptoms.api
    if api is None:
        return
    if api.trouble:
        yield Finding(
            Severity.PROBLEM,
            f"the API does not answer: {api.trouble}",
            "Start it with `logfeed up` or `logfeed serve`, or say where it is with LOGFEED_URL.",
        )
    elif api.pending >= _MANY:
        yield Finding(
            Severity.WARNING,
            f"{count(api.pending, 'record')} wait for Elasticsearch",
            "They are safe on disk. If they grow more, Elasticsearch takes fewer than come: the other "
            "findings may say why; beyond LOGFEED_LOG_BYTES writes get 429.",
        )
    else:
        waiting = f", {count(api.pending, 'record')} on the way" if api.pending else ""
        yield Finding(Severity.OK, f"the API answers at {api.url}{waiting}")


def _clocks(symptoms: Symptoms) -> Iterator[Finding]:
    cluster = symptoms.cluster
    for node in cluster.nodes if cluster is not None else ():
        off = (node.clock - symptoms.now) / NANOS_PER_SECOND
        if not node.clock or abs(off) < _UNSAID:
            continue
        is_refused = abs(off) >= _REFUSED
        which = "ahead of" if off > 0 else "behind"
        yield Finding(
            Severity.PROBLEM if is_refused else Severity.WARNING,
            f"the clock of {node.name} is {lasting(abs(off))} {which} this machine's"
            + ("; nothing is deleted meanwhile" if is_refused else ""),
            "See that all machines keep time (NTP). `date -u` on each says which one is wrong.",
        )
