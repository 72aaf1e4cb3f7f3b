"""The body of a search in the OpenAPI document, as JSON Schema: marshmallow knows no "one of"."""

from typing import Any

from app.domain.levels import LogLevel
from app.http.document_parts import json, problem_answers, query, ref
from app.protocols.query_bounds import MAX_TEXT
from app.protocols.rest import EXPLAIN_PARAMETER, PAGE_PARAMETERS

_TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
_TIME = {"type": ["string", "number"], "example": "now-1h"}
_SCALAR = {"type": ["string", "number", "boolean"]}
_BOUND = {"type": ["string", "number"]}
_PAGE_TYPES: dict[str, list[str]] = {
    name: ["string", "integer"] for name in ("limit", "page", "offset")
}
_LEVEL = {"type": ["string", "integer"], "example": LogLevel.ERROR.name}


def _text(description: str) -> dict[str, Any]:
    return _TEXT | {"description": description}


def _object(properties: dict[str, Any], required: list[str], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": required,
        **more,
    }


_FILTERS = {"type": "array", "items": ref("Filter")}
_KINDS: dict[str, Any] = {
    "all": _FILTERS | {"description": "Every one of these matches."},
    "any": _FILTERS | {"description": "At least one of these matches."},
    "not": ref("Filter"),
    "level": _LEVEL,
    "min_level": _LEVEL,
    "service": _text("Exactly this service."),
    "service_prefix": _text("Services whose name begins so."),
    "time": _object({"from": _TIME, "to": _TIME}, [], minProperties=1),
    "keyword": _text("Words of the message, next to each other, in any case."),
    "phrase": _text("The same."),
    "prefix": _text("Words of the message, the last of them only begun."),
    "field": _object(
        {
            "path": _text("A key of metadata, with dots between those of nested objects."),
            "op": {"type": "string", "enum": ["=", "!=", ">", ">=", "<", "<=", "prefix"]},
            "value": _SCALAR
            | {
                "description": "From 2^53 on, whole numbers are told apart where they are text here."
            },
        },
        ["path", "op", "value"],
    ),
    "range": _object(
        {"path": _TEXT, "gt": _BOUND, "gte": _BOUND, "lt": _BOUND, "lte": _BOUND},
        ["path"],
        minProperties=2,
    ),
    "exists": _text("The name of a field, or metadata.<key>."),
    "id": _text("The record of this id."),
    "correlation_id": _text("Exactly this correlation id."),
    "trace_id": _text("Exactly this trace id."),
    "span_id": _text("Exactly this span id."),
    "network": _text("An address or a CIDR block such as 10.0.0.0/8."),
}

#: By name in the document.
SEARCH_SCHEMAS: dict[str, dict[str, Any]] = {
    "Filter": _object(
        _KINDS,
        [],
        minProperties=1,
        maxProperties=1,
        description="A node of the filter tree: one key, which says its kind.",
        example={"all": [{"min_level": "WARNING"}, {"not": {"service": "proxy"}}]},
    ),
    "Search": _object(
        {
            "filter": ref("Filter"),
            "q": {"type": "string", "maxLength": MAX_TEXT, "description": "A query, as in GET."},
            **{
                name: {"type": _PAGE_TYPES.get(name, "string"), "description": text}
                for name, text in PAGE_PARAMETERS.items()
            },
        },
        [],
    ),
}

#: The operations of the route.
SEARCH_BY_TREE: dict[str, Any] = {
    "post": {
        "summary": "Search records by a filter tree",
        "parameters": [query(name, text) for name, text in EXPLAIN_PARAMETER.items()],
        "requestBody": {"required": True, "content": json("Search")},
        "responses": {
            "200": {"description": "One page.", "content": json("Page")},
            **problem_answers(400, 413, 415, 503, 504),
        },
    }
}
