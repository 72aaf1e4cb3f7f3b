"""Routes that take records in."""

from flask import Blueprint, Response, request

from app.domain.errors import InvalidQueryError
from app.domain.outcomes import Acknowledge
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.http import bodies
from app.http.answers import json_answer, problem_answer
from app.http.ingest_answers import IngestAnswer, answer_to_batch, answer_to_one
from app.protocols.body_limits import Most
from app.protocols.problems import problem
from app.services.log_feeding import LogFeedingService

_STREAMS = (DEFAULT_STREAM, IMPORTED_STREAM)


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
        draft = bodies.read_one(max_body_bytes, most)
        (outcome,) = service.ingest_batch([draft], _stream(), _acknowledge(acknowledge))
        return _response(answer_to_one(outcome))

    @routes.post("/logs/batch")
    @routes.post("/api/v1/logs/batch")
    def ingest_batch() -> Response:
        records = bodies.read_batch(max_body_bytes, most)
        if not records:
            return problem_answer(problem(400, "the batch has no records"))
        outcomes = service.ingest_batch(records, _stream(), _acknowledge(acknowledge))
        return _response(answer_to_batch(outcomes))

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


def _response(answer: IngestAnswer) -> Response:
    if answer.status >= 400:
        return problem_answer(answer.body)
    return json_answer(answer.body, answer.status)
