"""On which nodes a new index lies."""

from elasticsearch import Elasticsearch

from app.domain.lifecycle import Tier


def hot_placement(client: Elasticsearch, attribute: str) -> dict[str, str]:
    """The settings that keep a new index on the hot nodes; none where no node says that it is one.

    Args:
        attribute: of nodes, which tells their tier, as ``tier`` for ``node.attr.tier``.
    """
    found = client.nodes.info(node_id="data:true", filter_path="nodes.*.attributes").body
    tiers = {node.get("attributes", {}).get(attribute) for node in found.get("nodes", {}).values()}
    if Tier.HOT not in tiers:
        return {}
    return {f"index.routing.allocation.include.{attribute}": str(Tier.HOT)}
