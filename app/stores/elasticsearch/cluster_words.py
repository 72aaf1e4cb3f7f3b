"""The state of a cluster in words, for whoever asks whether it is ready."""

from collections.abc import Mapping
from typing import Any


def in_words(health: Mapping[str, Any], active_shards: str = "1") -> str:
    """What an answer of ``cluster.health`` says (Elasticsearch reference, "Cluster health").

    Args:
        active_shards: copies that a write waits for.
    """
    status, nodes = health["status"], health["number_of_nodes"]
    said = f"Elasticsearch is {status}"
    if status == "green":
        return said
    missing = health["unassigned_shards"] + health["initializing_shards"]
    if status == "yellow":
        said += (
            f": every record is there, but {missing} copies of shards are missing on {nodes} "
            f"node{'s' if nodes != 1 else ''}"
        )
        if active_shards != "1":
            said += (
                f"; writes wait for {active_shards} copies, and until they are there they are answered "
                "as accepted"
            )
        return said
    return (
        f"{said}: {missing} shards are missing on {nodes} node{'s' if nodes != 1 else ''}; some "
        "records cannot be read, and writes to them wait in the log"
    )
