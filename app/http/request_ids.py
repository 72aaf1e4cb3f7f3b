"""A name for every request: taken from ``X-Request-Id`` or made, echoed, and in the own log's lines."""

import re
from random import getrandbits

import structlog
from flask import Flask, Response, g, request

_HEADER = "X-Request-Id"
_PLAIN = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)


def id_of(given: str) -> str:
    """The id of a request whose header says ``given``, which may be empty or unfit."""
    if given and _PLAIN.fullmatch(given):
        return given
    # Nobody need be unable to guess it: not from the system's source, which takes 20 µs.
    return f"{getrandbits(128):032x}"


def name_requests(app: Flask) -> None:
    """Give every request of ``app`` its id."""

    @app.before_request
    def take() -> None:
        g.request_id = id_of(request.headers.get(_HEADER, ""))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def echo(response: Response) -> Response:
        if "request_id" in g:
            response.headers[_HEADER] = g.request_id
        return response
