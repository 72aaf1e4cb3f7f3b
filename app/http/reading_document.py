"""The part of the OpenAPI document that is about many records: pages, export, context and traces."""

from typing import Any

from marshmallow import Schema, fields

from app.domain.levels import LogLevel
from app.http.document_parts import problem_answers, query
from app.protocols.export import EXPORT_PARAMETERS
from app.protocols.rest import FILTER_PARAMETERS


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
    next = fields.String(allow_none=True, metadata={"description": "Address of the next page."})
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


READING_SCHEMAS = {
    "StoredRecord": StoredRecordSchema,
    "Pagination": PaginationSchema,
    "Reach": ReachSchema,
    "Page": PageSchema,
}


def reading_paths() -> dict[str, dict[str, Any]]:
    """The routes with their operations, without their prefix."""
    return {
        "/logs/export": {
            "get": {
                "summary": "Stream all records that match; what is cut off has no end",
                "parameters": [
                    query(name, text)
                    for name, text in (FILTER_PARAMETERS | EXPORT_PARAMETERS).items()
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
    }
