# ruff: noqa: INP001 - beside a script, not a package
"""Ways to store a record in fewer bytes; ``benchmarks.storage`` compares them."""

import base64
from hashlib import blake2b
from typing import Any

from benchmarks.mapping_variants import Body, Variant, as_shipped

_FLATTENED: Body = {"type": "flattened", "depth_limit": 20, "ignore_above": 4096}
#: What nobody reads from the source: it is there to be indexed only.
_DERIVED = ("numbers", "ingest_sequence")
_IDS = ("correlation_id", "trace_id", "span_id")
_TERMS: Body = {"type": "keyword", "doc_values": False}
_HASHED_IDS: dict[str, Body | None] = {**dict.fromkeys(_IDS), "id_hashes": _TERMS}
_NO_POSITIONS: Body = {"type": "text", "norms": False, "index_options": "docs"}
_SORTED: Body = {
    "index.sort.field": ["service", "timestamp"],
    "index.sort.order": ["asc", "desc"],
}


def _with_hashed_ids(record: Body, sequence: int) -> Body:
    """Each id as eight characters of a digest beside the field's name, instead of as itself."""
    document = as_shipped(record, sequence)
    hashes = [_short(f"{name}\0{record[name]}") for name in _IDS if name in record]
    return {**document, "id_hashes": hashes} if hashes else document


def _lean(record: Body, sequence: int) -> Body:
    document = _with_hashed_ids(record, sequence)
    texts = [
        f"{path}\0\0{text}" for path, text in record["metadata"].items() if isinstance(text, str)
    ]
    return {**document, "numbers": [*document.get("numbers", ()), *texts]}


def _for_logsdb(record: Body, sequence: int) -> Body:
    return {**as_shipped(record, sequence), "@timestamp": record["timestamp"]}


def _short(text: str) -> str:
    return base64.b64encode(blake2b(text.encode(), digest_size=6).digest()).decode()


def _sorted_by(*names: str) -> dict[str, Any]:
    return {"index.sort.field": list(names), "index.sort.order": ["asc"] * len(names)}


STORAGE_VARIANTS = (
    Variant("shipped", "the template in index_templates/"),
    Variant(
        "zstd while hot",
        "best_compression from the start",
        settings={"index.codec": "best_compression"},
    ),
    Variant(
        "derived left out",
        "numbers and ingest_sequence not in _source; while hot Elasticsearch keeps the whole source a "
        "second time, for copies that recover",
        left_out=_DERIVED,
    ),
    Variant(
        "sorted",
        "by service, then newest first; a clone cannot be sorted, so it would have to be from the start",
        settings=_SORTED,
    ),
    Variant(
        "synthetic source",
        "the source put together from the fields; metadata kept as it was sent",
        fields={"metadata": {**_FLATTENED, "synthetic_source_keep": "all"}},
        settings={"index.mapping.source.mode": "synthetic"},
    ),
    Variant(
        "address uncounted",
        "no doc values on source_ip: no top addresses",
        fields={"source_ip": {"type": "ip", "doc_values": False}},
    ),
    Variant(
        "metadata uncounted",
        "no doc values on metadata: no top values of its keys",
        fields={"metadata": {**_FLATTENED, "doc_values": False}},
    ),
    Variant(
        "no positions",
        "message without positions: no phrases, which keywords of several words are",
        fields={"message": _NO_POSITIONS},
    ),
    Variant(
        "ids hashed",
        "eight characters for each correlation, trace and span id: Kibana cannot look for them, and "
        "one look-up in some 10^6, in 10^8 records, finds a stranger",
        fields=_HASHED_IDS,
        to_document=_with_hashed_ids,
        left_out=(*_DERIVED, "id_hashes"),
    ),
    Variant(
        "lean",
        "ids hashed, no positions, metadata as terms only (no top values, no metadata.key in Kibana)",
        fields={**_HASHED_IDS, "message": _NO_POSITIONS, "metadata": None},
        to_document=_lean,
        left_out=(*_DERIVED, "id_hashes"),
    ),
    Variant(
        "source only",
        "found by service, level and time; every other field is looked for in what these leave",
        fields=dict.fromkeys(("message", "metadata", "numbers", "source_ip", *_IDS)),
        left_out=_DERIVED,
    ),
    Variant(
        "logsdb",
        "index.mode logsdb: synthetic source, sorted by host and time",
        fields={"@timestamp": {"type": "date"}},
        settings={"index.mode": "logsdb"},
        to_document=_for_logsdb,
    ),
    Variant(
        "logsdb, source stored",
        "the same with the source as it was sent, sorted by service and time",
        fields={"@timestamp": {"type": "date"}},
        settings={
            "index.mode": "logsdb",
            "index.mapping.source.mode": "stored",
            **_sorted_by("service", "@timestamp"),
        },
        to_document=_for_logsdb,
    ),
)
