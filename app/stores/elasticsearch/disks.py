"""Reads the disks of the nodes, and the watermarks that hold for them."""

import re
from collections.abc import Mapping
from typing import Any

from elasticsearch import Elasticsearch

from app.domain.disks import DataNode, Watermark, Watermarks
from app.domain.instants import NANOS_PER_MILLISECOND
from app.stores.elasticsearch.connect import translated

_WATERMARK = "cluster.routing.allocation.disk.watermark"
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}


#: What is asked of each node that holds data.
_ASKED = "nodes.*.name,nodes.*.attributes,nodes.*.timestamp,nodes.*.fs.total"


def data_nodes(client: Elasticsearch, tier_attribute: str) -> list[DataNode]:
    """The nodes that hold data, by name; raises the client's own errors."""
    found = client.nodes.stats(node_id="data:true", metric="fs", filter_path=_ASKED).body
    nodes = [_data_node(node, tier_attribute) for node in found.get("nodes", {}).values()]
    return sorted(nodes, key=lambda node: node.name)


def _data_node(node: Mapping[str, Any], tier_attribute: str) -> DataNode:
    attributes, disk = node.get("attributes", {}), node.get("fs", {}).get("total", {})
    return DataNode(
        node["name"],
        disk.get("total_in_bytes", 0),
        disk.get("available_in_bytes", 0),
        attributes.get(tier_attribute, ""),
        node.get("timestamp", 0) * NANOS_PER_MILLISECOND,
        has_zstd=attributes.get("zstd") != "false",
    )


def watermarks(client: Elasticsearch) -> Watermarks:
    """The lines that hold now, set or by default.

    Raises:
        StoreUnavailableError: the cluster cannot be reached.
    """
    with translated():
        # Flat names cannot be filtered, and all settings are much.
        answer = client.cluster.get_settings(include_defaults=True, filter_path=f"*.{_WATERMARK}")
    settings: dict[str, Any] = {}
    for kind in ("defaults", "persistent", "transient"):
        settings |= flat(answer.get(kind, {}))
    return parse_watermarks(settings)


def flat(settings: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested settings by their full names."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{path}{name}.")
        else:
            found[path + name] = value
    return found


def parse_watermarks(settings: Mapping[str, Any]) -> Watermarks:
    """The watermarks that these flat settings spell."""
    return Watermarks(
        _watermark(settings, "low", "low.max_headroom"),
        _watermark(settings, "high", "high.max_headroom"),
        _watermark(settings, "flood_stage", "flood_stage.max_headroom"),
    )


def _watermark(settings: Mapping[str, Any], name: str, headroom: str) -> Watermark:
    text = str(settings.get(f"{_WATERMARK}.{name}", ""))
    free = _bytes(str(settings.get(f"{_WATERMARK}.{headroom}", "")))
    if text.endswith("%"):
        return Watermark(float(text[:-1]) / 100, free)
    if re.fullmatch(r"[01](\.\d+)?", text):
        return Watermark(float(text), free)
    return Watermark(None, _bytes(text))


def _bytes(text: str) -> int | None:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgtp]?b)", text.lower())
    return int(float(match[1]) * _UNITS[match[2]]) if match else None
