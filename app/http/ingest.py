"""Routes that take records in."""

from flask import Blueprint, Response, request

from app.domain.errors import InvalidQueryError
from app.domain.outcomes import Acknowledge
from app.domain.ports import DEFAULT_STREAM, STREAMS
from app.http import bodies, idempotency
from app.http.answers import json_answer, problem_answer
from app.http.ingest_answers import IngestAnswer, answer_to_batch, answer_to_one
from app.protocols import drafts
from app.protocols.body_limits import Most
from app.protocols.problems import problem
from app.services.log_feeding import LogFeedingService


def ingest_routes(
    service: LogFeedingService,
    max_body_bytes: int,
    most: Most,
    acknowledge: Acknowledge,
) -> Blueprint:
    """POST of one record and of batches, under both addresses; ``acknowledge`` unless they say."""
    routes = Blueprint("ingest", __name__)

    @routes.post("/logs")
    @routes.post("/api/v1/logs")
    def ingest_one() -> Response:
        body = bodies.read_json(max_body_bytes)
        records = _once([drafts.read_one(body, most)], body)
        (outcome,) = service.ingest_batch(records, _stream(), _acknowledge(acknowledge))
        return _response(answer_to_one(outcome))

    @routes.post("/logs/batch")
    @routes.post("/api/v1/logs/batch")
    def ingest_batch() -> Response:
        body, is_lines = bodies.read_batch(max_body_bytes)
        read = drafts.read_lines if is_lines else drafts.read_batch
        records = read(body, most)
        if not records:
            return problem_answer(problem(400, "the batch has no records"))
        records = _once(records, body)
        outcomes = service.ingest_batch(records, _stream(), _acknowledge(acknowledge))
        return _response(answer_to_batch(outcomes))

    return routes


def _once(records: drafts.Drafts, body: bytes) -> drafts.Drafts:
    """``records`` under the ids that follow from the request's ``Idempotency-Key``, if it has one."""
    key = request.headers.get(idempotency.HEADER)
    if key is None:
        return records
    return idempotency.with_ids(records, idempotency.read_key(key), _stream(), body)


def _stream() -> str:
    stream = request.args.get("stream", DEFAULT_STREAM)
    if stream not in STREAMS:
        raise InvalidQueryError("stream", f"must be one of {', '.join(STREAMS)}")
    return stream


def _acknowledge(default: Acknowledge) -> Acknowledge:
    text = request.args.get("ack", default)
    try:
        return Acknowledge(text)
    except ValueError:
        raise InvalidQueryError("ack", f"must be one of {', '.join(Acknowledge)}") from None


def _response(answer: IngestAnswer) -> Response:
    if answer.status >= 400:
        return problem_answer(answer.body)
    return json_answer(answer.body, answer.status)
