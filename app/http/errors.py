"""Every exception as a problem body: never HTML, never a stack trace."""

from typing import Any

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from app.domain.errors import LogfeedError
from app.http.answers import problem_answer
from app.protocols.encodings import EncodingError, TooLargeError, too_many_bytes
from app.protocols.json_walk import BodyError
from app.protocols.problems import problem, problem_of, problem_of_body

_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Answer errors of ``app`` by the table below."""
    app.register_error_handler(LogfeedError, _domain_error)
    for kind in (BodyError, EncodingError, TooLargeError):
        app.register_error_handler(kind, lambda e: problem_answer(problem_of_body(e)))
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_label_nothing)


def _label_nothing(response: Response) -> Response:
    # Flask calls its empty answers to OPTIONS text/html.
    if request.method == "OPTIONS":
        del response.headers["Content-Type"]
    return response


def explained(error: LogfeedError, path: str) -> dict[str, Any]:
    """The problem body of what a request to ``path`` met; the own log is told if it is our affair."""
    body = problem_of(error)
    if body["status"] >= 500:
        _log.warning("request_failed", path=path, reason=str(error))
    return body


def _domain_error(error: LogfeedError) -> Response:
    return problem_answer(explained(error, request.path))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        limit = request.max_content_length
        detail = too_many_bytes(limit or 0)
    elif status == 404:
        detail = f"there is nothing at {request.path}; /docs lists what there is"
    elif isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        detail = f"{request.method} is not allowed here; allowed are {allowed}"
    else:
        detail = error.description or "the request cannot be served"
    answer = problem_answer(problem(status, detail))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _unexpected(error: Exception) -> Response:
    _log.exception("unexpected_error", path=request.path, error=type(error).__name__)
    detail = "an unexpected error; the service's own log has the details under the request id"
    return problem_answer(problem(500, detail))
