"""The part of the OpenAPI document that is about dead letters."""

from typing import Any

from marshmallow import Schema, fields

from app.http.document_parts import json, problem_answers, query
from app.protocols.dead_letters import (
    LETTER_PAGE_PARAMETERS,
    LETTER_PARAMETERS,
    REPLAY_STATUSES,
    ReplaySchema,
)


class LetterSchema(Schema):
    """A record that Elasticsearch refused for good, without the record."""

    id = fields.String(metadata={"description": "Of the letter."})
    log_id = fields.String(metadata={"description": "Of the record in it."})
    service = fields.String()
    index = fields.String(metadata={"description": "Where it was to be stored."})
    reason = fields.String(metadata={"description": "Why it was refused, without its values."})
    error_type = fields.String(metadata={"example": "document_parsing_exception"})
    attempts = fields.Integer(metadata={"description": "How often it was refused."})
    first_refused_at = fields.String(metadata={"example": "2026-11-24T10:00:00.123Z"})
    last_refused_at = fields.String(metadata={"example": "2026-11-24T10:00:00.123Z"})


class WholeLetterSchema(LetterSchema):
    """A letter with its record."""

    record = fields.Raw(metadata={"description": "The record as it was to be stored."})


class ShownLetterSchema(Schema):
    """The answer to one letter."""

    dead_letter = fields.Nested(WholeLetterSchema)


class LetterPaginationSchema(Schema):
    """Which part of all letters a page is."""

    limit = fields.Integer()
    total = fields.Integer()
    next_cursor = fields.String(allow_none=True)


class LetterPageSchema(Schema):
    """The answer to a list of letters."""

    dead_letters = fields.List(fields.Nested(LetterSchema))
    count = fields.Integer()
    pagination = fields.Nested(LetterPaginationSchema)


class ReplayResultSchema(Schema):
    """What became of one letter."""

    id = fields.String()
    status = fields.String(metadata={"enum": [str(status) for status in REPLAY_STATUSES]})
    log_id = fields.String()
    reason = fields.String()


class ReplayAnswerSchema(Schema):
    """The answer to a replay."""

    message = fields.String()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    results = fields.List(fields.Nested(ReplayResultSchema))
    next_cursor = fields.String(allow_none=True)


class PurgedSchema(Schema):
    """The answer to a purge."""

    purged = fields.Integer()
    remaining = fields.Integer(metadata={"description": "Left for another request."})


LETTER_SCHEMAS = {
    "Letter": LetterSchema,
    "WholeLetter": WholeLetterSchema,
    "ShownLetter": ShownLetterSchema,
    "LetterPagination": LetterPaginationSchema,
    "LetterPage": LetterPageSchema,
    "Replay": ReplaySchema,
    "ReplayResult": ReplayResultSchema,
    "ReplayAnswer": ReplayAnswerSchema,
    "Purged": PurgedSchema,
}


def letter_paths() -> dict[str, dict[str, Any]]:
    """The routes with their operations."""
    narrowing = [query(name, text) for name, text in LETTER_PARAMETERS.items()]
    pages = [query(name, text) for name, text in LETTER_PAGE_PARAMETERS.items()]
    id_in_path = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/api/v1/dead-letters": {
            "get": {
                "summary": "Records that Elasticsearch refused for good, the newest first",
                "parameters": narrowing + pages,
                "responses": {
                    "200": {"description": "One page.", "content": json("LetterPage")},
                    **problem_answers(400, 503),
                },
            },
            "delete": {
                "summary": "Delete letters and the records in them for good",
                "parameters": [
                    *narrowing,
                    query("all", "`true` if every letter is meant, and nothing else is given."),
                ],
                "responses": {
                    "200": {"description": "How many were there.", "content": json("Purged")},
                    **problem_answers(400, 503),
                },
            },
        },
        "/api/v1/dead-letters/{id}": {
            "get": {
                "summary": "One letter with its record",
                "parameters": [id_in_path],
                "responses": {
                    "200": {"description": "The letter.", "content": json("ShownLetter")},
                    **problem_answers(404, 503),
                },
            },
            "delete": {
                "summary": "Delete one letter and the record in it for good",
                "parameters": [id_in_path],
                "responses": {
                    "200": {"description": "It was there.", "content": json("Purged")},
                    **problem_answers(404, 503),
                },
            },
        },
        "/api/v1/dead-letters/replay": {
            "post": {
                "summary": "Try again to store records; a letter goes when its record is stored",
                "requestBody": {"required": False, "content": json("Replay")},
                "responses": {
                    "200": {"description": "All are stored.", "content": json("ReplayAnswer")},
                    "207": {
                        "description": "Some were refused again, or are not there.",
                        "content": json("ReplayAnswer"),
                    },
                    **problem_answers(400, 413, 415, 503),
                },
            }
        },
    }
