"""Problem details (RFC 9457): the one form of every error that the API answers."""

from typing import Any

from app.domain.errors import (
    InvalidQueryError,
    InvalidRecordError,
    LogfeedError,
    OutOfTimeError,
    OverloadedError,
    StoreUnavailableError,
    VersionConflictError,
)
from app.protocols.encodings import EncodingError, TooLargeError
from app.protocols.json_walk import BodyError

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: "Bad request",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    411: "Length required",
    412: "Changed meanwhile",
    413: "Too large",
    414: "Address too long",
    415: "Unsupported media type",
    422: "Cannot be processed",
    429: "Too many requests",
    431: "Headers too large",
    500: "Internal error",
    501: "Not supported",
    503: "Not available",
    504: "Out of time",
}


def problem(
    status: int, detail: str, *, field: str | None = None, **members: Any
) -> dict[str, Any]:
    """A problem body; ``field`` names the part of the request at fault."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
    }
    if field is not None:
        body["errors"] = [{"field": field, "detail": detail.removeprefix(f"{field}: ")}]
    return body | members


def problem_of_body(error: BodyError | EncodingError | TooLargeError) -> dict[str, Any]:
    """The problem body of what was wrong with a request's body as a whole."""
    match error:
        case BodyError():
            return problem(400, str(error))
        case EncodingError():
            return problem(415, str(error))
        case TooLargeError():
            return problem(413, str(error))


def problem_of(error: LogfeedError) -> dict[str, Any]:
    """The problem body of an error of the domain."""
    match error:
        case InvalidRecordError() | InvalidQueryError():
            return problem(400, str(error), field=error.field)
        case OverloadedError():
            return problem(429, str(error))
        case VersionConflictError():
            return problem(412, str(error))
        case OutOfTimeError():
            return problem(504, str(error), timed_out=True)
        case StoreUnavailableError():
            return problem(503, str(error))
        case _:
            return problem(500, str(error))
