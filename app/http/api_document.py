"""The OpenAPI document, built from the marshmallow schemas, and a page to try the API with."""

from functools import cache
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Response
from flask_swagger_ui import get_swaggerui_blueprint
from marshmallow import Schema, fields

from app.domain.outcomes import Status
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.http import idempotency
from app.http.aggregation_document import (
    AGGREGATION_SCHEMAS,
    ExplanationSchema,
    RangeSchema,
    aggregation_paths,
)
from app.http.answers import json_answer
from app.http.dead_letter_document import LETTER_SCHEMAS, letter_paths
from app.http.document_parts import header, json, problem_answers, query, ref
from app.http.read_side_document import READ_SIDE_SCHEMAS, pattern_paths, saved_search_paths
from app.http.reading_document import READING_SCHEMAS, reading_paths
from app.http.scheduler_document import SCHEDULER_SCHEMAS, scheduler_paths
from app.http.search_document import SEARCH_BY_TREE, SEARCH_SCHEMAS
from app.http.storage_document import STORAGE_SCHEMAS, storage_paths
from app.protocols.record_schema import RecordSchema
from app.protocols.rest import EXPLAIN_PARAMETER, FILTER_PARAMETERS, PAGE_PARAMETERS
from app.protocols.saved_searches import SAVED_PARAMETER


class BatchSchema(Schema):
    """A batch as JSON."""

    logs = fields.List(fields.Nested(RecordSchema), required=True)


class TakenSchema(Schema):
    """The answer to one record."""

    log_id = fields.String(metadata={"example": "1704110400000-1-123"})
    message = fields.String(metadata={"example": "Log ingested successfully"})
    status = fields.String(metadata={"enum": ["accepted", "duplicate", "dropped"]})
    rule = fields.String(metadata={"description": "The rule that dropped it."})


class ResultSchema(Schema):
    """What became of one record of a batch."""

    index = fields.Integer(metadata={"description": "Its place in the batch, from 0."})
    status = fields.String(metadata={"enum": [status.value for status in Status]})
    log_id = fields.String()
    field = fields.String(metadata={"description": "The field at fault."})
    reason = fields.String(metadata={"description": "What to change, or what happened."})
    rule = fields.String(
        metadata={"description": "The rule that dropped it, or the limit it breaks."}
    )


class BatchAnswerSchema(Schema):
    """The answer to a batch."""

    message = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    results = fields.List(fields.Nested(ResultSchema))


class StatsSchema(Schema):
    """Counts over the records that match."""

    total = fields.Integer()
    by_level = fields.Dict(keys=fields.String(), values=fields.Integer())
    by_service = fields.Dict(keys=fields.String(), values=fields.Integer())
    range = fields.Nested(RangeSchema)
    explain = fields.Nested(ExplanationSchema)
    first = fields.String(allow_none=True)
    last = fields.String(allow_none=True)


class FieldErrorSchema(Schema):
    """The part of a request at fault."""

    field = fields.String()
    detail = fields.String(metadata={"description": "What is wrong and what is allowed."})


class ProblemSchema(Schema):
    """Problem details, RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    results = fields.List(fields.Nested(ResultSchema))
    timed_out = fields.Boolean(metadata={"description": "The time ran out."})
    is_partial = fields.Boolean(metadata={"description": "What is there is not all there is."})


_SCHEMAS = {
    # First, as others hold some of them.
    **AGGREGATION_SCHEMAS,
    "Record": RecordSchema,
    "Batch": BatchSchema,
    "Taken": TakenSchema,
    "Result": ResultSchema,
    "BatchAnswer": BatchAnswerSchema,
    "Stats": StatsSchema,
    "FieldError": FieldErrorSchema,
    "Problem": ProblemSchema,
    **READING_SCHEMAS,
    **LETTER_SCHEMAS,
    **SCHEDULER_SCHEMAS,
    **STORAGE_SCHEMAS,
    **READ_SIDE_SCHEMAS,
}


def document_routes() -> Blueprint:
    """``/openapi.json`` and the page ``/docs``, whose files are all served from here."""
    routes = Blueprint("document", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return json_answer(document())

    page = get_swaggerui_blueprint(
        "/docs", "/openapi.json", config={"app_name": "Logfeed", "validatorUrl": None}
    )
    routes.register_blueprint(page, url_prefix="/docs")
    return routes


@cache
def document() -> dict[str, Any]:
    """The API as an OpenAPI 3.1 document."""
    spec = APISpec(
        title="Logfeed",
        version=version("logfeed"),
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
    )
    for name, schema in _SCHEMAS.items():
        spec.components.schema(name, schema=schema)
    for name, part in SEARCH_SCHEMAS.items():
        spec.components.schema(name, component=part)
    for prefix in ("", "/api/v1"):
        records = _record_paths() | pattern_paths() | reading_paths()
        for path, operations in records.items():
            spec.path(f"{prefix}{path}", operations=operations)
    parts = letter_paths() | scheduler_paths() | storage_paths() | saved_search_paths()
    for path, operations in parts.items():
        spec.path(path, operations=operations)
    for path, operation in _service_paths().items():
        spec.path(path, operations={"get": operation})
    return dict(spec.to_dict())


def _record_paths() -> dict[str, dict[str, Any]]:
    filters = [query(name, text) for name, text in {**FILTER_PARAMETERS, **SAVED_PARAMETER}.items()]
    pages = [query(name, text) for name, text in (PAGE_PARAMETERS | EXPLAIN_PARAMETER).items()]
    stream = query("stream", f"{DEFAULT_STREAM} (default) or {IMPORTED_STREAM}, for old files.")
    ack = query(
        "ack",
        "`stored` waits for Elasticsearch, `accepted` for the write-ahead log on disk; default: the "
        "setting LOGFEED_ACKNOWLEDGE.",
    )
    once = header(
        idempotency.HEADER,
        "1 to 255 visible ASCII characters. The same request under the same key stores the records that "
        "have no id of their own once, however often it is sent.",
    )
    ndjson = {"schema": {"type": "string", "description": "One record a line."}}
    return {
        "/logs": {
            "post": {
                "summary": "Store one record",
                "parameters": [stream, ack, once],
                "requestBody": {"required": True, "content": json("Record")},
                "responses": {
                    "200": {
                        "description": "Stored already, or dropped by a rule.",
                        "content": json("Taken"),
                    },
                    "201": {"description": "Stored.", "content": json("Taken")},
                    "202": {
                        "description": "Safe on disk; it will be stored.",
                        "content": json("Taken"),
                    },
                    **problem_answers(400, 413, 415, 422, 429, 503),
                },
            },
            "get": {
                "summary": "Search records",
                "parameters": filters + pages,
                "responses": {
                    "200": {"description": "One page.", "content": json("Page")},
                    **problem_answers(400, 503, 504),
                },
            },
        },
        "/logs/batch": {
            "post": {
                "summary": "Store a batch; each record has its own result",
                "parameters": [stream, ack, once],
                "requestBody": {
                    "required": True,
                    "content": {**json("Batch"), "application/x-ndjson": ndjson},
                },
                "responses": {
                    "201": {"description": "All taken.", "content": json("BatchAnswer")},
                    "202": {
                        "description": "All taken; some are safe on disk and will be stored.",
                        "content": json("BatchAnswer"),
                    },
                    "207": {"description": "Some taken.", "content": json("BatchAnswer")},
                    **problem_answers(400, 413, 415, 429, 503),
                },
            }
        },
        "/logs/search": SEARCH_BY_TREE,
        **aggregation_paths(),
        "/logs/{id}": {
            "get": {
                "summary": "One record",
                "description": "An id that ends in `/context`, or is the name of a route such as "
                "`export` or `stats`, leads elsewhere here: `GET /record?id=` reads every id.",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {
                    "200": {
                        "description": "The record.",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "properties": {"log": ref("StoredRecord")},
                                }
                            }
                        },
                    },
                    **problem_answers(404, 503),
                },
            }
        },
    }


def _service_paths() -> dict[str, dict[str, Any]]:
    answers = {"200": {"description": "The answer."}}
    return {
        "/healthz": {"summary": "Whether the process lives", "responses": answers},
        "/readyz": {
            "summary": "Whether engine and templates are there",
            "responses": {**answers, **problem_answers(503)},
        },
        "/api/v1/replication": {
            "summary": "Which region is the master, and how far this one is behind its peers",
            "responses": {**answers, **problem_answers(503)},
        },
        "/api/v1/metrics": {"summary": "Totals over all processes", "responses": answers},
        "/metrics": {"summary": "The same and more, for Prometheus", "responses": answers},
    }
