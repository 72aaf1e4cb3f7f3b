"""The part of the OpenAPI document that is about patterns and saved searches."""

from typing import Any

from marshmallow import Schema, fields

from app.domain.saved_searches import LONGEST_NAME
from app.http.document_parts import header, json, problem_answers, query
from app.protocols.patterns import PATTERN_PARAMETERS
from app.protocols.rest import FILTER_PARAMETERS
from app.protocols.saved_searches import (
    IF_MATCH,
    IF_NONE_MATCH,
    SAVED_PARAMETER,
    SavedSearchSchema,
)


class ExampleSchema(Schema):
    """A record of a pattern."""

    id = fields.String()
    message = fields.String(metadata={"description": "Its beginning, at most 1,000 characters."})


class PatternSchema(Schema):
    """Messages that differ in their values only."""

    pattern = fields.String(metadata={"example": "Connection from <*> closed"})
    count = fields.Integer(
        metadata={"description": "Records; an estimate where `sampled` is true."}
    )
    share = fields.Float(metadata={"description": "Of the matching records, 0 to 1."})
    first_seen = fields.String(metadata={"description": "Of the records that were read."})
    last_seen = fields.String()
    levels = fields.Dict(keys=fields.String(), values=fields.Integer())
    example = fields.Nested(ExampleSchema)
    is_certain = fields.Boolean(
        metadata={
            "description": "With `new_since`: no older record that could be of it was left unread."
        }
    )


class ReadRecordsSchema(Schema):
    """How much of the matching records was read."""

    matching = fields.Integer()
    read = fields.Integer()


class PatternsSchema(Schema):
    """The answer to a question for patterns."""

    patterns = fields.List(fields.Nested(PatternSchema))
    count = fields.Integer()
    found = fields.Integer(metadata={"description": "How many there are beyond the limit too."})
    sampled = fields.Boolean(metadata={"description": "Not all were read: counts are estimates."})
    timed_out = fields.Boolean(
        metadata={"description": "Fewer were read than `sample` allows; the status is 504 then."}
    )
    records = fields.Nested(ReadRecordsSchema)


class ShownSearchSchema(Schema):
    """A saved search."""

    name = fields.String()
    parameters = fields.Dict(keys=fields.String(), values=fields.String())
    description = fields.String()
    created_at = fields.String(metadata={"example": "2026-11-24T10:00:00.123Z"})
    updated_at = fields.String(metadata={"example": "2026-11-24T10:00:00.123Z"})
    version = fields.String(metadata={"description": "The ETag, without its quotes."})


class SearchAnswerSchema(Schema):
    """The answer to one saved search."""

    search = fields.Nested(ShownSearchSchema)


class SearchListSchema(Schema):
    """The answer to a list of saved searches."""

    searches = fields.List(fields.Nested(ShownSearchSchema))
    count = fields.Integer()


class DeletedSearchSchema(Schema):
    """The answer to a deletion."""

    deleted = fields.String(metadata={"description": "Its name."})


READ_SIDE_SCHEMAS = {
    "PatternExample": ExampleSchema,
    "Pattern": PatternSchema,
    "ReadRecords": ReadRecordsSchema,
    "Patterns": PatternsSchema,
    "SavedSearch": SavedSearchSchema,
    "ShownSearch": ShownSearchSchema,
    "SearchAnswer": SearchAnswerSchema,
    "SearchList": SearchListSchema,
    "DeletedSearch": DeletedSearchSchema,
}
_NAME = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": f"1 to {LONGEST_NAME} printable characters without a slash.",
    "schema": {"type": "string"},
}
_IF_MATCH = header(IF_MATCH, "The ETag of the version that is meant, or `*` for any that exists.")


def pattern_paths() -> dict[str, dict[str, Any]]:
    """Under both addresses."""
    parameters = {**FILTER_PARAMETERS, **SAVED_PARAMETER, **PATTERN_PARAMETERS}
    return {
        "/logs/patterns": {
            "get": {
                "summary": "Messages by pattern, those of the most records first",
                "parameters": [query(name, text) for name, text in parameters.items()],
                "responses": {
                    "200": {"description": "The patterns.", "content": json("Patterns")},
                    **problem_answers(400, 503, 504),
                },
            }
        }
    }


def saved_search_paths() -> dict[str, dict[str, Any]]:
    """The routes with their operations."""
    found = {"description": "The search; ETag is its version.", "content": json("SearchAnswer")}
    return {
        "/api/v1/searches": {
            "get": {
                "summary": "All saved searches, by name",
                "responses": {
                    "200": {"description": "All of them.", "content": json("SearchList")},
                    **problem_answers(400, 503),
                },
            }
        },
        "/api/v1/searches/{name}": {
            "get": {
                "summary": "One saved search",
                "parameters": [_NAME],
                "responses": {"200": found, **problem_answers(400, 404, 503)},
            },
            "put": {
                "summary": "Save a search; without a condition, whatever is there is replaced",
                "parameters": [
                    _NAME,
                    _IF_MATCH,
                    header(IF_NONE_MATCH, "`*`: only if there is none of this name."),
                ],
                "requestBody": {"required": True, "content": json("SavedSearch")},
                "responses": {
                    "200": found,
                    "201": found,
                    **problem_answers(400, 412, 413, 415, 503),
                },
            },
            "delete": {
                "summary": "Delete a saved search",
                "parameters": [_NAME, _IF_MATCH],
                "responses": {
                    "200": {"description": "It was there.", "content": json("DeletedSearch")},
                    **problem_answers(400, 404, 412, 503),
                },
            },
        },
    }
