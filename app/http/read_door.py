"""The short way for requests that read: a thread, and nothing of Flask.

Flask, and the bridge from the event loop to its threads, cost more processor time than all else that we
do for a search (ARCHITECTURE.md has the figures). The door takes the usual request; whatever is unusual
about one is left to Flask's routes. Both answer by the same handlers, and explain errors by the same
functions.
"""

from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

import structlog
from msgspec import Struct

from app.domain.errors import LogfeedError
from app.domain.reading import Cancellation
from app.domain.served_by import served_by
from app.http.answers import RETRY_AFTER, to_json
from app.http.bodies import is_json
from app.http.errors import explained
from app.http.ingest_door import WireAnswer
from app.http.metrics import Metrics
from app.http.read_requests import Handler, Handlers, ReadAnswer, ReadRequest, wants_fresh
from app.http.replication import HEADER as REGION_HEADER
from app.http.request_ids import id_of
from app.protocols import problems
from app.protocols.json_walk import BodyError
from app.protocols.problems import problem, problem_of_body
from app.protocols.search_body import MAX_SEARCH_BYTES

#: With one of these a request is not a usual one.
_UNUSUAL = (b"transfer-encoding", b"expect", b"upgrade", b"content-encoding")


class Read(Struct, frozen=True, gc=False):
    """What the head of a usual request asks for."""

    handler: Handler
    method: str
    path: str
    query: str
    cache_control: str
    request_id: str
    started: float


class ReadDoor:
    """Answers by ``handlers``; knows no connection."""

    def __init__(self, handlers: Handlers, metrics: Metrics) -> None:
        self._handlers = {
            (method.encode(), path.encode()): handler
            for (method, path), handler in handlers.items()
        }
        self._metrics = metrics

    def order(self, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]]) -> Read | None:
        """What a request with this head asks for; None if it is not a usual one."""
        path, _, query = url.partition(b"?")
        handler = self._handlers.get((method, path))
        if handler is None or not query.isascii() or b"#" in query:
            return None
        named = dict(headers)
        # Of a header that comes twice only one would be seen here; the long way sees both.
        if len(named) != len(headers) or any(name in named for name in _UNUSUAL):
            return None
        if not _has_usual_body(method, named):
            return None
        return Read(
            handler,
            method.decode(),
            path.decode(),
            query.decode(),
            named.get(b"cache-control", b"").decode("latin-1"),
            id_of(named.get(b"x-request-id", b"").decode("latin-1")),
            perf_counter(),
        )

    def answer(self, read: Read, body: bytes, cancellation: Cancellation) -> WireAnswer | None:
        """The answer; None if it is not a usual request after all.

        In a context of its own, which the own log's lines and the name of the region are kept in.
        """
        parameters = _parameters(read.query)
        if parameters is None:
            return None
        structlog.contextvars.bind_contextvars(request_id=read.request_id)
        asked = ReadRequest(
            read.path, parameters, lambda: body, cancellation, wants_fresh(read.cache_control)
        )
        try:
            answer = read.handler(asked)
        except LogfeedError as error:
            answer = _of_problem(explained(error, read.path))
        except BodyError as error:
            answer = _of_problem(problem_of_body(error))
        if region := served_by.get():
            answer = ReadAnswer(
                answer.body,
                answer.status,
                answer.content_type,
                {**answer.headers, REGION_HEADER: region},
            )
        return self._wire(read, answer)

    def refuse(self, read: Read, status: int, detail: str) -> WireAnswer:
        """The answer to a request that is not looked at."""
        return self._wire(read, _of_problem(problem(status, detail)))

    def _wire(self, read: Read, answer: ReadAnswer) -> WireAnswer:
        lines = [
            f"content-type: {answer.content_type}",
            f"content-length: {len(answer.body)}",
            f"x-request-id: {read.request_id}",
            *[f"{name.lower()}: {value}" for name, value in answer.headers.items()],
            "",
        ]
        seconds = perf_counter() - read.started
        self._metrics.observe_request(read.method, read.path, answer.status, seconds)
        return WireAnswer(answer.status, "\r\n".join(lines).encode("latin-1"), answer.body)


def _has_usual_body(method: bytes, headers: Mapping[bytes, bytes]) -> bool:
    length = headers.get(b"content-length", b"0")
    if method == b"GET":
        return length == b"0"
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    is_short = length.isdigit() and len(length) < 8 and 0 < int(length) <= MAX_SEARCH_BYTES
    return is_short and is_json(kind.decode("latin-1"))


def _parameters(query: str) -> dict[str, str] | None:
    """Each parameter with its one value; None where that is not so plain."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        return None
    parameters = dict(pairs)
    return parameters if len(parameters) == len(pairs) else None


def _of_problem(body: Mapping[str, Any]) -> ReadAnswer:
    status = body["status"]
    headers = {"Retry-After": RETRY_AFTER} if status in (429, 503) else {}
    return ReadAnswer(to_json(body), status, problems.CONTENT_TYPE, headers)
