"""The cluster as a whole: is it there, and does it have all it needs?"""

from collections.abc import Iterator

from app.domain.diagnosis import ClusterState, Finding, Severity, Symptoms
from app.services.doctor.words import clip, several

_NEARLY = 0.9


def cluster_findings(symptoms: Symptoms) -> Iterator[Finding]:
    """Away, red, yellow, out of shards, without templates, with unsafe translogs."""
    if symptoms.away:
        yield Finding(
            Severity.PROBLEM,
            f"Elasticsearch does not answer: {symptoms.away}",
            "See that it runs (`logfeed up` starts a local one) and that LOGFEED_ELASTICSEARCH_URL is "
            "right. Writes are still taken and wait in the log on this disk; searches fail.",
        )
        return
    cluster = symptoms.cluster
    if cluster is None:
        return
    lost = [one for one in cluster.unassigned if one.is_primary]
    if cluster.health == "red" or lost:
        yield from _red(cluster)
    copies = [one for one in cluster.unassigned if not one.is_primary]
    if copies:
        yield from _yellow(cluster)
    if cluster.health == "green" and not cluster.unassigned:
        yield Finding(Severity.OK, f"Elasticsearch is green on {several(cluster.nodes, 'node')}")
    yield from _shards(cluster)
    if cluster.missing_templates:
        yield Finding(
            Severity.PROBLEM,
            f"index templates are missing or old: {', '.join(cluster.missing_templates)}",
            "No new index can be made without them. The API and the scheduler install them when they "
            "start: restart one, and see what it logs.",
        )
    if cluster.loose_translogs:
        yield Finding(
            Severity.PROBLEM,
            f"records are acknowledged before they are on disk in {clip(cluster.loose_translogs)}",
            "Somebody set index.translog.durability to async: a power cut loses records. Set it to "
            'request: PUT /INDEX/_settings {"index.translog.durability": "request"}',
        )


def _red(cluster: ClusterState) -> Iterator[Finding]:
    lost: dict[str, list[str]] = {}
    for one in cluster.unassigned:
        if one.is_primary:
            lost.setdefault(one.why, []).append(one.index)
    if not lost:
        yield Finding(
            Severity.PROBLEM,
            "Elasticsearch is red, by an index that is not Logfeed's",
            "GET /_cluster/allocation/explain says which, and why.",
        )
    for why, names in lost.items():
        yield Finding(
            Severity.PROBLEM,
            f"records in {clip(names)} cannot be found: {why}",
            "Bring back the node that held them. If its disk is lost for good and there is an archive "
            "(`logfeed archives`), delete the index and `logfeed restore` it. New records wait.",
        )


def _yellow(cluster: ClusterState) -> Iterator[Finding]:
    missing: dict[str, list[str]] = {}
    for one in cluster.unassigned:
        if not one.is_primary:
            missing.setdefault(one.why, []).append(one.index)
    if len(cluster.nodes) == 1:
        names = [name for group in missing.values() for name in group]
        yield Finding(
            Severity.WARNING,
            f"copies are asked for in {clip(names)}, and there is one node: they can be nowhere",
            "Add a node, or ask for none: LOGFEED_REPLICAS=auto for new indices, and for these PUT "
            '/INDEX/_settings {"index.auto_expand_replicas": "0-1"}',
        )
        return
    for why, names in missing.items():
        yield Finding(
            Severity.WARNING,
            f"{clip(names)} has fewer copies than it should: {why}",
            "All records are there. If a node is down, bring it back before another one fails.",
        )


def _shards(cluster: ClusterState) -> Iterator[Finding]:
    if not cluster.most_shards or cluster.shards < _NEARLY * cluster.most_shards:
        return
    is_full = cluster.shards >= cluster.most_shards
    yield Finding(
        Severity.PROBLEM if is_full else Severity.WARNING,
        f"{cluster.shards:,} shards of {cluster.most_shards:,} that may be: "
        f"{'no' if is_full else 'soon no'} new index can be made",
        "Keep records for a shorter time, choose longer periods or fewer LOGFEED_SERVICE_BUCKETS, add a "
        "node, or raise cluster.max_shards_per_node.",
    )
