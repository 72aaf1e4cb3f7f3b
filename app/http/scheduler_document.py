"""The part of the OpenAPI document that is about the scheduler."""

from typing import Any

from marshmallow import Schema, fields

from app.domain.jobs import Outcome
from app.http.document_parts import json, problem_answers

_TIME = "2026-11-24T10:00:00.123Z"


class LeaderSchema(Schema):
    """The scheduler process that runs the jobs."""

    instance = fields.String(metadata={"description": "Host, process and a random part."})
    term = fields.Integer(metadata={"description": "Rises with every change of leader."})
    since = fields.String(metadata={"example": _TIME})


class JobSchema(Schema):
    """A job with its last run."""

    name = fields.String(metadata={"example": "rollover"})
    schedule = fields.String(metadata={"description": "A cron line in UTC, or `off`."})
    outcome = fields.String(metadata={"enum": [outcome.value for outcome in Outcome]})
    detail = fields.String(metadata={"description": "What it did, or why it failed."})
    started_at = fields.String(allow_none=True, metadata={"example": _TIME})
    ended_at = fields.String(allow_none=True, metadata={"example": _TIME})
    next_run_at = fields.String(allow_none=True, metadata={"example": _TIME})
    last_success_at = fields.String(allow_none=True, metadata={"example": _TIME})
    failures = fields.Integer(metadata={"description": "Runs that have failed, ever."})
    instance = fields.String(allow_none=True, metadata={"description": "Who ran it last."})
    request = fields.String(
        allow_none=True, metadata={"description": "Of the last run, if somebody asked for it."}
    )
    requested = fields.Boolean(metadata={"description": "Somebody asks for it, and it waits."})


class SchedulerSchema(Schema):
    """The scheduler."""

    leader = fields.Nested(
        LeaderSchema, allow_none=True, metadata={"description": "Null if nobody leads now."}
    )
    jobs = fields.List(fields.Nested(JobSchema))


class AskedSchema(Schema):
    """A run was asked for."""

    message = fields.String()
    job = fields.String()
    request = fields.String(metadata={"description": "The job shows it once it runs."})


SCHEDULER_SCHEMAS = {
    "Leader": LeaderSchema,
    "Job": JobSchema,
    "Scheduler": SchedulerSchema,
    "Asked": AskedSchema,
}


def scheduler_paths() -> dict[str, dict[str, Any]]:
    """The routes with their operations."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/api/v1/scheduler": {
            "get": {
                "summary": "Who leads, and every job with its last and next run",
                "responses": {
                    "200": {"description": "The scheduler.", "content": json("Scheduler")},
                    **problem_answers(400, 503),
                },
            }
        },
        "/api/v1/scheduler/jobs/{name}/run": {
            "post": {
                "summary": "Ask the leader to run a job now",
                "parameters": [name],
                "responses": {
                    "202": {"description": "It will.", "content": json("Asked")},
                    **problem_answers(400, 404, 503),
                },
            }
        },
    }
