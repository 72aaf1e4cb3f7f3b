"""The part of the OpenAPI document that is about many records: pages, export, context and traces."""

from typing import Any

from marshmallow import Schema, fields

from app.domain.levels import LogLevel
from app.http.aggregation_document import ExplanationSchema
from app.http.document_parts import json, problem_answers, query, ref
from app.protocols.export import EXPORT_PARAMETERS
from app.protocols.neighbours import CONTEXT_PARAMETERS, ID_PARAMETER, TRACE_PARAMETERS
from app.protocols.rest import FILTER_PARAMETERS
from app.protocols.saved_searches import SAVED_PARAMETER


class StoredRecordSchema(Schema):
    """A record as it is returned: with an id and a time, null where it has no value."""

    id = fields.String(metadata={"example": "1704110400000-1-123"})
    timestamp = fields.String(metadata={"example": "2026-11-24T10:00:00.123456789Z"})
    level = fields.String(metadata={"enum": [level.name for level in LogLevel]})
    service = fields.String()
    message = fields.String()
    metadata = fields.Dict(keys=fields.String())
    source_ip = fields.String(allow_none=True)
    correlation_id = fields.String(allow_none=True)
    trace_id = fields.String(allow_none=True)
    span_id = fields.String(allow_none=True)


class PaginationSchema(Schema):
    """Which part of all matching records a page is."""

    limit = fields.Integer()
    offset = fields.Integer(allow_none=True, metadata={"description": "Null behind a cursor."})
    total = fields.Integer(metadata={"description": "As counted for the first page."})
    total_is_exact = fields.Boolean(metadata={"description": "Else there are at least so many."})
    next = fields.String(
        allow_none=True,
        metadata={
            "description": "Address of the next page; null where nothing follows, and only there, "
            "however many records this one has."
        },
    )
    next_cursor = fields.String(allow_none=True)


class ReachSchema(Schema):
    """How many indices were asked, and how many skipped, as they can hold no answer."""

    asked = fields.Integer()
    skipped = fields.Integer()


class PageSchema(Schema):
    """The answer to a search."""

    logs = fields.List(fields.Nested(StoredRecordSchema))
    count = fields.Integer()
    pagination = fields.Nested(PaginationSchema)
    indices = fields.Nested(ReachSchema)
    explain = fields.Nested(ExplanationSchema)


class NeighbourSchema(StoredRecordSchema):
    """A record among its neighbours."""

    is_requested = fields.Boolean(metadata={"description": "It is the one that was asked for."})


class ContextSchema(Schema):
    """A record with those around it, the newest first."""

    logs = fields.List(fields.Nested(NeighbourSchema))
    count = fields.Integer()


class TraceSummarySchema(Schema):
    """What is known of a trace as a whole."""

    id = fields.String()
    total = fields.Integer()
    duration_ms = fields.Float()
    services = fields.List(
        fields.String(), metadata={"description": "In the order of their first records."}
    )
    errors = fields.Integer(metadata={"description": "Records of ERROR and above."})


class TracedSchema(StoredRecordSchema):
    """A record of a trace."""

    since_previous_ms = fields.Float(
        allow_none=True, metadata={"description": "Since the record before, of any service."}
    )


class TracePageSchema(Schema):
    """Records of a trace, the oldest first."""

    trace = fields.Nested(TraceSummarySchema)
    logs = fields.List(fields.Nested(TracedSchema))
    count = fields.Integer()
    pagination = fields.Nested(PaginationSchema)
    indices = fields.Nested(ReachSchema)


READING_SCHEMAS = {
    "StoredRecord": StoredRecordSchema,
    "Pagination": PaginationSchema,
    "Reach": ReachSchema,
    "Page": PageSchema,
    "Neighbour": NeighbourSchema,
    "Context": ContextSchema,
    "TraceSummary": TraceSummarySchema,
    "Traced": TracedSchema,
    "TracePage": TracePageSchema,
}


_RECORD = {
    "application/json": {
        "schema": {"type": "object", "properties": {"log": ref("StoredRecord")}},
    }
}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def reading_paths() -> dict[str, dict[str, Any]]:
    """The routes with their operations, without their prefix."""
    return {
        "/logs/export": {
            "get": {
                "summary": "Stream all records that match; what is cut off has no end",
                "parameters": [
                    query(name, text)
                    for name, text in {
                        **FILTER_PARAMETERS,
                        **SAVED_PARAMETER,
                        **EXPORT_PARAMETERS,
                    }.items()
                ],
                "responses": {
                    "200": {
                        "description": "The records; the header Logfeed-Total says how many, with a + "
                        "where there are more.",
                        "content": {
                            "application/x-ndjson": {
                                "schema": {"type": "string", "description": "One record a line."}
                            },
                            "text/csv": {"schema": {"type": "string"}},
                        },
                    },
                    **problem_answers(400, 429, 503, 504),
                },
            }
        },
        "/logs/{id}/context": {
            "get": {
                "summary": "A record with those before and after it",
                "parameters": [
                    _ID,
                    *(query(name, text) for name, text in CONTEXT_PARAMETERS.items()),
                ],
                "responses": {
                    "200": {
                        "description": "The newest first, as in a search.",
                        "content": json("Context"),
                    },
                    **problem_answers(400, 404, 503, 504),
                },
            }
        },
        "/record": {
            "get": {
                "summary": "One record, of any id: also of one that leads elsewhere in a path",
                "parameters": [query(name, text) for name, text in ID_PARAMETER.items()],
                "responses": {
                    "200": {"description": "The record.", "content": _RECORD},
                    **problem_answers(400, 404, 503),
                },
            }
        },
        "/record/context": {
            "get": {
                "summary": "A record of any id with those before and after it",
                "parameters": [
                    query(name, text) for name, text in (ID_PARAMETER | CONTEXT_PARAMETERS).items()
                ],
                "responses": {
                    "200": {
                        "description": "The newest first, as in a search.",
                        "content": json("Context"),
                    },
                    **problem_answers(400, 404, 503, 504),
                },
            }
        },
        "/traces/{id}": {
            "get": {
                "summary": "The records of a trace or correlation id, with the time between them",
                "parameters": [
                    _ID,
                    *(query(name, text) for name, text in TRACE_PARAMETERS.items()),
                ],
                "responses": {
                    "200": {"description": "The oldest first.", "content": json("TracePage")},
                    **problem_answers(400, 404, 503, 504),
                },
            }
        },
    }
