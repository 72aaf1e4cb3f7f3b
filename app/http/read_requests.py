"""Requests that only read, and their answers, whichever way they take: Flask, or the short one."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from flask import Blueprint, Response, request
from msgspec import Struct
from werkzeug.datastructures import RequestCacheControl
from werkzeug.http import parse_cache_control_header

from app.domain.reading import Cancellation
from app.http.answers import to_json
from app.http.parameters import query_parameters
from app.http.reading import cancellation


class ReadRequest(Struct, frozen=True, gc=False):
    """What somebody asks.

    Attributes:
        path: that it came to.
        body: reads its body, whose type and size are checked then.
        cancellation: tells when he has gone; None where that cannot be told.
        is_fresh: he wants no answer from a cache.
    """

    path: str
    parameters: Mapping[str, str]
    body: Callable[[], bytes]
    cancellation: Cancellation | None = None
    is_fresh: bool = False


class ReadAnswer(Struct, frozen=True, gc=False):
    """What he is told; ``headers`` are those besides type and length."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


#: Answers one kind of request; raises what ``app.http.errors`` explains.
Handler: TypeAlias = Callable[[ReadRequest], ReadAnswer]
#: By method and path.
Handlers: TypeAlias = Mapping[tuple[str, str], Handler]


def json_read(body: object) -> ReadAnswer:
    """``body`` as JSON."""
    return ReadAnswer(to_json(body))


def wants_fresh(cache_control: str) -> bool:
    """Whether this header (RFC 9111) asks for an answer that comes from no cache."""
    if not cache_control:
        return False
    control = parse_cache_control_header(cache_control, None, RequestCacheControl)
    return bool(control.no_cache or control.no_store)


def read_routes(handlers: Handlers, read_body: Callable[[], bytes]) -> Blueprint:
    """The handlers as Flask's routes.

    Args:
        read_body: reads the body of the current request.
    """
    routes = Blueprint("reads", __name__)

    def add(method: str, path: str, handler: Handler) -> None:
        def view() -> Response:
            asked = ReadRequest(
                request.path,
                query_parameters(),
                read_body,
                cancellation(),
                wants_fresh(request.headers.get("Cache-Control", "")),
            )
            answer = handler(asked)
            return Response(
                answer.body,
                answer.status,
                answer.headers,
                content_type=answer.content_type,
            )

        routes.add_url_rule(path, f"{method} {path}", view, methods=[method])

    for (method, path), handler in handlers.items():
        add(method, path, handler)
    return routes
