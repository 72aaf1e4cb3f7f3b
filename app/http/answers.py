"""JSON answers."""

import json
from typing import Any

import orjson
from flask import Response

from app.protocols import problems

#: Seconds after which a client may try again what is not available now.
RETRY_AFTER = "5"


def json_answer(
    body: object, status: int = 200, content_type: str = "application/json"
) -> Response:
    """``body`` as JSON."""
    return Response(to_json(body), status, content_type=content_type)


def to_json(body: object) -> bytes:
    """``body`` as JSON, with the newline that people at a terminal want."""
    try:
        return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        # Whole numbers beyond 64 bits; the standard library writes them.
        return (json.dumps(body, ensure_ascii=False) + "\n").encode()


def problem_answer(body: dict[str, Any]) -> Response:
    """A problem body (RFC 9457) under the status that it names."""
    answer = json_answer(body, body["status"], problems.CONTENT_TYPE)
    if body["status"] in (429, 503):
        answer.headers["Retry-After"] = RETRY_AFTER
    return answer
