"""Disks of the nodes, against the lines that Elasticsearch draws."""

from collections.abc import Iterator

from app.domain.diagnosis import ClusterState, Finding, Severity, Symptoms
from app.domain.disks import DataNode, Watermark
from app.services.doctor.words import size


def disk_findings(symptoms: Symptoms) -> Iterator[Finding]:
    """The worst line that each node has crossed, and blocks that a full disk has left."""
    cluster = symptoms.cluster
    if cluster is None:
        return
    flooded = [index.name for index in symptoms.indices if index.is_flooded]
    is_any_flooding = False
    for node in cluster.nodes:
        finding = _crossed(node, cluster, _largest(symptoms), len(flooded))
        if finding is not None:
            is_any_flooding |= cluster.watermarks.flood.is_crossed(node)
            yield finding
    if flooded and not is_any_flooding:
        yield Finding(
            Severity.PROBLEM,
            f"{_indices(len(flooded))} still blocked since a disk was nearly full",
            "There is room again: Elasticsearch lifts the block within a minute or so. If it does not, "
            "free more, down to the high watermark.",
        )


def _crossed(node: DataNode, cluster: ClusterState, largest: str, flooded: int) -> Finding | None:
    lines = cluster.watermarks
    free = f"the disk of {node.name} has {size(node.free_bytes)} free of {size(node.disk_bytes)}"
    room = (
        "Free space: `logfeed retention plan` shows what goes by itself; lower delete_after or set "
        f"max_bytes in the policies and `logfeed retention apply`{largest}. Or add a disk or a node."
    )
    if lines.flood.is_crossed(node):
        return Finding(
            Severity.PROBLEM,
            f"{free}: below {_line(lines.flood, node)} (flood stage) its indices take no records"
            + (f"; {_indices(flooded)} blocked" if flooded else ""),
            f"{room} Records wait meanwhile, and the block goes by itself.",
        )
    if lines.high.is_crossed(node):
        return Finding(
            Severity.PROBLEM,
            f"{free}: below {_line(lines.high, node)} (high watermark) new indices have no place on it, "
            "and its shards are moved away if there is another node",
            room,
        )
    if lines.low.is_crossed(node):
        return Finding(
            Severity.WARNING,
            f"{free}: below {_line(lines.low, node)} (low watermark) it gets no further copies",
            room,
        )
    return None


def _line(watermark: Watermark, node: DataNode) -> str:
    return size(watermark.must_stay_free(node.disk_bytes))


def _largest(symptoms: Symptoms) -> str:
    """The index that would free the most, among those that take no new records."""
    old = [index for index in symptoms.indices if not index.is_write_index]
    if not old:
        return ""
    most = max(old, key=lambda index: index.total_bytes)
    return f" (the largest that takes no new records is {most.name}, {size(most.total_bytes)})"


def _indices(number: int) -> str:
    return "1 index is" if number == 1 else f"{number:,} indices are"
