# ruff: noqa: INP001 - beside a script, not a package
"""The index template that is shipped, and each of its choices made the other way.

A variant changes fields and settings of the shipped template, and where the change asks for it, what
is written in a document. ``benchmarks.mapping`` compares them.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.joined_words import parts
from app.domain.metadata import leaves
from app.stores.elasticsearch.documents import encode_number, number_term
from app.stores.elasticsearch.templates import FOLDER

Body = dict[str, Any]
#: A record as the user sends it and its sequence number, made into what is stored.
ToDocument = Callable[[Body, int], Body]


def as_shipped(record: Body, sequence: int) -> Body:
    """What the service stores (``documents.to_document``)."""
    document = {**record, "ingest_sequence": sequence}
    if numbers := [number_term(*number) for number in _numbers(record)]:
        document["numbers"] = numbers
    if found := parts(record["message"]):
        document["parts"] = found
    return document


def as_sent(record: Body, sequence: int) -> Body:  # noqa: ARG001 -- a user has none
    """The record alone, as a user sends it to Elasticsearch without us."""
    return record


def _numbers_flattened(record: Body, sequence: int) -> Body:
    document = {**as_shipped(record, sequence), "metadata_numbers": dict(_numbers(record))}
    document.pop("numbers", None)
    return document


def _words_whole(record: Body, sequence: int) -> Body:
    document = as_shipped(record, sequence)
    document.pop("parts", None)
    return document


def _message_parted(record: Body, sequence: int) -> Body:
    document = as_shipped(record, sequence)
    if "parts" in document:
        document["parts"] = re.sub("[_.:]", " ", record["message"])
    return document


def _leaves_as_terms(record: Body, sequence: int) -> Body:
    document = as_shipped(record, sequence)
    texts = (item for item in record["metadata"].items() if isinstance(item[1], str))
    document["numbers"] = [
        *document.get("numbers", []),
        *(f"{path}\0\0{text}" for path, text in texts),
    ]
    return document


def _numbers(record: Body) -> list[tuple[str, str]]:
    return [
        (path, encode_number(leaf) or "")
        for path, leaf in leaves(record["metadata"])
        if not isinstance(leaf, str | bool)
    ]


@dataclass(frozen=True)
class Variant:
    """A template to be measured.

    Attributes:
        reason: what it would be chosen for, or what it gives up.
        fields: fields in place of those of the same name; None takes one away.
        settings: settings beside the shipped ones, or in their place.
        to_document: what is stored of a record.
        left_out: fields that are indexed and left out of ``_source``.
        is_mapped: whether the template is used at all.
    """

    name: str
    reason: str
    fields: Mapping[str, Body | None] = field(default_factory=dict)
    settings: Body = field(default_factory=dict)
    to_document: ToDocument = as_shipped
    left_out: tuple[str, ...] = ()
    is_mapped: bool = True

    def index(self) -> Body:
        """The body of the request that makes its index."""
        if not self.is_mapped:
            return {}
        mappings = copy.deepcopy(_shipped("mappings")["mappings"])
        for name, changed in self.fields.items():
            mappings["properties"].pop(name, None)
            if changed is not None:
                mappings["properties"][name] = changed
        if self.left_out:
            mappings["_source"] = {"excludes": list(self.left_out)}
        return {
            "mappings": mappings,
            "settings": {**_shipped("settings")["settings"], **self.settings},
        }


def _shipped(part: str) -> Body:
    text = (FOLDER / "component" / f"logfeed-{part}.json").read_text("utf-8")
    template: Body = json.loads(text)["template"]
    return template


SHIPPED = Variant("shipped", "the template in index_templates/")
UNMAPPED = Variant(
    "unmapped",
    "Elasticsearch's own dynamic mapping: what a user has without us",
    to_document=as_sent,
    is_mapped=False,
)

VARIANTS = (
    UNMAPPED,
    Variant(
        "numbers flattened",
        "numbers of metadata in a second flattened field, each term twice and with doc values",
        fields={"numbers": None, "metadata_numbers": {"type": "flattened"}},
        to_document=_numbers_flattened,
    ),
    Variant(
        "leaves as terms",
        "all of metadata as path and value in one keyword field instead of flattened",
        fields={"metadata": {"type": "object", "enabled": False}, "numbers": {"type": "keyword"}},
        to_document=_leaves_as_terms,
    ),
    Variant(
        "metadata uncounted",
        "no doc values on metadata: found, but no top values of its keys",
        fields={
            "metadata": {
                "type": "flattened",
                "depth_limit": 20,
                "ignore_above": 4096,
                "doc_values": False,
            }
        },
    ),
    Variant("norms", "norms on message: needed for scores only", {"message": {"type": "text"}}),
    Variant(
        "no positions",
        "message without positions: no phrases, which keywords of several words are",
        {"message": {"type": "text", "norms": False, "index_options": "docs"}},
    ),
    Variant(
        "words whole",
        "no parts of joined words: NullPointerException is not found",
        {"parts": None},
        to_document=_words_whole,
    ),
    Variant(
        "message parted",
        "messages with joined words indexed a second time as a whole, parted: every phrase",
        to_document=_message_parted,
    ),
    Variant(
        "letters",
        "message analysed a second time, by what cuts at all but letters; no parts",
        {
            "parts": None,
            "message": {
                "type": "text",
                "norms": False,
                "fields": {"letters": {"type": "text", "norms": False, "analyzer": "simple"}},
            },
        },
        to_document=_words_whole,
    ),
    Variant(
        "ids counted",
        "doc values on correlation_id, trace_id and span_id: sorts and counts by them",
        {name: {"type": "keyword"} for name in ("correlation_id", "trace_id", "span_id")},
    ),
    Variant(
        "span unindexed",
        "span_id kept in _source only",
        {"span_id": {"type": "keyword", "index": False, "doc_values": False}},
    ),
    Variant(
        "address uncounted",
        "no doc values on source_ip: found by network, but no top addresses",
        {"source_ip": {"type": "ip", "doc_values": False}},
    ),
    Variant(
        "sequence indexed",
        "points for ingest_sequence, which is sorted by and never searched",
        {"ingest_sequence": {"type": "long"}},
    ),
    Variant("zstd", "codec best_compression", settings={"index.codec": "best_compression"}),
    Variant(
        "sorted",
        "newest first on disk",
        settings={"index.sort.field": ["timestamp"], "index.sort.order": ["desc"]},
    ),
    Variant("refresh 5s", "searchable after 5 s", settings={"index.refresh_interval": "5s"}),
    Variant(
        "idle after 5s",
        "no refresh once nobody has searched for 5 s; the next search waits for one",
        settings={"index.search.idle.after": "5s"},
    ),
    Variant(
        "merges in order",
        "only neighbouring segments are merged, as Elasticsearch does for data streams",
        settings={"index.merge.policy.type": "time_based"},
    ),
    Variant(
        "merges of 20",
        "more segments before a merge: fewer merges, slower searches",
        settings={
            "index.merge.policy.segments_per_tier": 20,
            "index.merge.policy.max_merge_at_once": 20,
        },
    ),
)
