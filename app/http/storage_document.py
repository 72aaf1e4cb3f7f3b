"""The part of the OpenAPI document that is about storage figures."""

from typing import Any

from marshmallow import Schema, fields

from app.domain.storage import EVERY_BY
from app.http.document_parts import json, problem_answers, query
from app.protocols.storage import STORAGE_PARAMETERS


class UsageSchema(Schema):
    """What a group of records takes."""

    name = fields.String(metadata={"description": "Of the stream, tier or service, or the day."})
    indices = fields.Integer()
    documents = fields.Integer()
    primary_bytes = fields.Integer(metadata={"description": "On disk, without replicas."})
    total_bytes = fields.Integer(metadata={"description": "On disk, with replicas."})
    growth_bytes_per_day = fields.Integer(
        allow_none=True,
        metadata={"description": "With replicas; null while there is no full day yet."},
    )
    growth_documents_per_day = fields.Integer(allow_none=True)
    oldest = fields.String(allow_none=True)
    newest = fields.String(allow_none=True)
    estimated = fields.Boolean(
        metadata={"description": "Bytes and growth are parts of indices, by the number of records."}
    )


class StorageSchema(Schema):
    """Storage figures; archives have a tier of their own and are not in the total."""

    total = fields.Nested(UsageSchema)
    by_stream = fields.List(fields.Nested(UsageSchema))
    by_tier = fields.List(fields.Nested(UsageSchema))
    by_service = fields.List(fields.Nested(UsageSchema))
    by_day = fields.List(fields.Nested(UsageSchema))
    growth_days = fields.Integer(
        metadata={"description": "Full days that growth is the mean of, 7 at most."}
    )
    room_bytes = fields.Integer(
        metadata={"description": "To be written before Elasticsearch moves shards away."}
    )
    days_until_full = fields.Float(
        allow_none=True, metadata={"description": "At this growth, if nothing is deleted."}
    )


class StorageAnswerSchema(Schema):
    """The answer to a question for storage figures."""

    storage = fields.Nested(StorageSchema)


STORAGE_SCHEMAS = {
    "Usage": UsageSchema,
    "Storage": StorageSchema,
    "StorageAnswer": StorageAnswerSchema,
}


def storage_paths() -> dict[str, dict[str, Any]]:
    """The route with its operation."""
    parameters = [
        query(name, text) | {"schema": {"type": "string", "enum": list(EVERY_BY)}}
        for name, text in STORAGE_PARAMETERS.items()
    ]
    return {
        "/api/v1/storage": {
            "get": {
                "summary": "How much room records take, and how long the room will last",
                "parameters": parameters,
                "responses": {
                    "200": {"description": "Figures.", "content": json("StorageAnswer")},
                    **problem_answers(400, 503),
                },
            }
        }
    }
