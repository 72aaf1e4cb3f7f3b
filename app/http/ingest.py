"""Routes that take records in."""

from collections.abc import Sequence

from flask import Blueprint, Response, request

from app.domain.errors import InvalidQueryError
from app.domain.outcomes import Acknowledge, Outcome, Status, count
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.protocols.problems import problem
from app.protocols.rest import dump_outcomes
from app.services.log_feeding import LogFeedingService

_STREAMS = (DEFAULT_STREAM, IMPORTED_STREAM)


def ingest_routes(
    service: LogFeedingService,
    max_body_bytes: int,
    max_batch_records: int,
    acknowledge: Acknowledge,
) -> Blueprint:
    """POST of one record and of batches, under both addresses; ``acknowledge`` unless they say."""
    routes = Blueprint("ingest", __name__)

    @routes.post("/logs")
    @routes.post("/api/v1/logs")
    def ingest_one() -> Response:
        draft = bodies.read_one(max_body_bytes)
        (outcome,) = service.ingest_batch([draft], _stream(), _acknowledge(acknowledge))
        return _answer_one(outcome)

    @routes.post("/logs/batch")
    @routes.post("/api/v1/logs/batch")
    def ingest_batch() -> Response:
        records = bodies.read_batch(max_body_bytes, max_batch_records)
        if not records:
            return problem_answer(problem(400, "the batch has no records"))
        outcomes = service.ingest_batch(records, _stream(), _acknowledge(acknowledge))
        return _answer_batch(outcomes)

    return routes


def _stream() -> str:
    stream = request.args.get("stream", DEFAULT_STREAM)
    if stream not in _STREAMS:
        raise InvalidQueryError("stream", f"must be one of {', '.join(_STREAMS)}")
    return stream


def _acknowledge(default: Acknowledge) -> Acknowledge:
    text = request.args.get("ack", default)
    try:
        return Acknowledge(text)
    except ValueError:
        raise InvalidQueryError("ack", f"must be one of {', '.join(Acknowledge)}") from None


def _answer_one(outcome: Outcome) -> Response:
    match outcome.status:
        case Status.CREATED:
            body = {"log_id": outcome.id, "message": "Log ingested successfully"}
            return json_answer(body, 201)
        case Status.DUPLICATE:
            body = {"log_id": outcome.id, "message": "A log with this id is stored already"}
            return json_answer(body | {"status": "duplicate"})
        case Status.ACCEPTED:
            body = {"log_id": outcome.id, "message": "Log accepted; it is safe and will be stored"}
            return json_answer(body | {"status": "accepted"}, 202)
        case Status.DROPPED:
            body = {"message": f"Log dropped by the rule {outcome.rule}", "rule": outcome.rule}
            return json_answer(body | {"status": "dropped"})
        case Status.REJECTED:
            reason = f"{outcome.field}: {outcome.reason}" if outcome.field else str(outcome.reason)
            return problem_answer(problem(400, reason, field=outcome.field))
        case Status.FAILED:
            return problem_answer(problem(503, outcome.reason or "the store is away"))


def _answer_batch(outcomes: Sequence[Outcome]) -> Response:
    body = dump_outcomes(outcomes)
    rejected, failed = count(outcomes, Status.REJECTED), count(outcomes, Status.FAILED)
    if rejected + failed < len(outcomes):
        message = f"{len(outcomes) - rejected - failed} of {len(outcomes)} records taken"
        status = 202 if count(outcomes, Status.ACCEPTED) else 201
        return json_answer({"message": message, **body}, 207 if rejected + failed else status)
    if failed:
        detail = f"{failed} of {len(outcomes)} records could not be stored now; send them again"
        return problem_answer(problem(503, detail, **body))
    return problem_answer(problem(400, "every record of the batch was rejected", **body))
