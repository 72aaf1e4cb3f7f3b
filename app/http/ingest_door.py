"""The short way for requests that write: no Flask, and no thread that waits.

Flask in a thread costs several times the CPU of all else that is done for a record (ARCHITECTURE.md has
the figures). The door takes the usual request; whatever is unusual about one, a mistake above all, is
left to the Flask routes (``app.http.ingest``), which explain it. Both read bodies and answer by the same
functions.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from functools import lru_cache, partial
from time import perf_counter
from urllib.parse import parse_qsl

import structlog
from msgspec import Struct

from app.domain.draft import Draft, Malformed
from app.domain.errors import InvalidQueryError, OverloadedError
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, STREAMS
from app.http import idempotency
from app.http.answers import RETRY_AFTER, to_json
from app.http.bodies import is_json, is_ndjson
from app.http.ingest_answers import IngestAnswer, answer_to_batch, answer_to_one, of_problem
from app.http.metrics import Metrics
from app.http.request_ids import id_of
from app.protocols import drafts, encodings
from app.protocols.body_limits import Most
from app.protocols.encodings import EncodingError, TooLargeError
from app.protocols.json_walk import BodyError
from app.protocols.problems import problem, problem_of, problem_of_body
from app.services.log_feeding import LogFeedingService

#: The routes, and whether each takes batches.
ROUTES = {
    b"/logs": False,
    b"/api/v1/logs": False,
    b"/logs/batch": True,
    b"/api/v1/logs/batch": True,
}
_NOT_USUAL = (BodyError, EncodingError, TooLargeError)

_log = structlog.get_logger(__name__)


class _Kind(Enum):
    JSON = auto()
    NDJSON = auto()


class Plan(Struct, frozen=True, gc=False):
    """What requests of one address, type and encoding ask for; the same few come again and again."""

    route: str
    is_batch: bool
    is_ndjson: bool
    encoding: str
    stream: str
    ack: Acknowledge | None


class Write(Struct, frozen=True, gc=False):
    """What the head of a usual request asks for."""

    plan: Plan
    request_id: str
    started: float
    idempotency_key: str

    @property
    def is_single(self) -> bool:
        """Whether it brings one record as plain JSON, and nothing else is to be done for it."""
        return not (self.plan.is_batch or self.plan.encoding or self.idempotency_key)


class WireAnswer(Struct, frozen=True, gc=False):
    """An answer's status, header lines and body, ready to be sent."""

    status: int
    head: bytes
    body: bytes


class IngestDoor:
    """Takes records in over ``service``; knows no connection.

    Args:
        max_body_bytes: of a body, before and after decompression.
    """

    def __init__(
        self,
        service: LogFeedingService,
        metrics: Metrics,
        *,
        max_body_bytes: int,
        most: Most,
        acknowledge: Acknowledge,
    ) -> None:
        self.max_body_bytes = max_body_bytes
        self._service = service
        self._metrics = metrics
        self._most = most
        self._acknowledge = acknowledge

    def order(self, url: bytes, headers: Mapping[bytes, bytes]) -> Write | None:
        """What a POST with this head asks for; None if it is not a usual one."""
        content_type = headers.get(b"content-type", b"")
        plan = _plan(url, content_type, headers.get(b"content-encoding", b""))
        if plan is None:
            return None
        key = headers.get(b"idempotency-key")
        try:
            given_key = "" if key is None else idempotency.read_key(key.decode("latin-1"))
        except InvalidQueryError:
            return None
        given = headers.get(b"x-request-id")
        request_id = id_of(given.decode("latin-1") if given else "")
        return Write(plan, request_id, perf_counter(), given_key)

    def take(self, write: Write, body: bytes, then: Callable[[WireAnswer], None]) -> bool:
        """Take the records of ``body`` in and tell ``then`` the answer; False: it is not a usual one.

        ``then`` may be told by any thread.
        """
        plan = write.plan
        try:
            if plan.encoding:
                body = encodings.decompress(body, plan.encoding, self.max_body_bytes)
            if not plan.is_batch:
                records = [drafts.read_one(body, self._most)]
            elif plan.is_ndjson:
                records = drafts.read_lines(body, self._most)
            else:
                records = drafts.read_batch(body, self._most)
        except _NOT_USUAL as error:
            # Not read a second time by Flask: that is what a bomb would want.
            then(self._wire(write, of_problem(problem_of_body(error))))
            return True
        if not records:
            return False
        if key := write.idempotency_key:
            records = idempotency.with_ids(records, key, plan.stream, body)

        def settled(result: list[Outcome] | OverloadedError) -> None:
            if isinstance(result, OverloadedError):
                answer = of_problem(problem_of(result))
            else:
                answer = answer_to_batch(result) if plan.is_batch else answer_to_one(result[0])
            then(self._wire(write, answer))

        self._service.ingest_then(records, plan.stream, plan.ack or self._acknowledge, settled)
        return True

    def take_singles(
        self,
        writes: Sequence[Write],
        bodies: Sequence[bytes],
        then: Callable[[list[tuple[int, WireAnswer]]], None],
    ) -> list[int]:
        """``take`` of several single records together; the positions of those that were not taken.

        What each costs by itself, a lock here and a look at the clock there, is paid once for all. They
        are stored together too, and each has its own answer. ``then`` is told, by any thread, the
        answers with their positions; more than once if the requests ask for different things. Raises
        nothing: what an unexpected error meets is declined too, and the long way explains it.
        """
        declined: list[int] = []
        together: dict[tuple[str, Acknowledge], list[tuple[int, Draft | Malformed]]] = {}
        for at, (write, body) in enumerate(zip(writes, bodies, strict=True)):
            key = (write.plan.stream, write.plan.ack or self._acknowledge)
            try:
                together.setdefault(key, []).append((at, drafts.read_one(body, self._most)))
            except Exception:  # noqa: BLE001 - mostly a mistake of the sender's
                declined.append(at)
        for (stream, ack), found in together.items():
            positions = [at for at, _ in found]
            settled = partial(self._answer_singles, writes, positions, then)
            try:
                self._service.ingest_then([record for _, record in found], stream, ack, settled)
            except Exception:  # noqa: BLE001 - each of them must be answered
                _log.exception("singles_declined", requests=len(positions))
                declined += positions
        return declined

    def refuse(self, write: Write, status: int, detail: str) -> WireAnswer:
        """The answer to a request of which nothing is taken."""
        return self._wire(write, of_problem(problem(status, detail)))

    def _answer_singles(
        self,
        writes: Sequence[Write],
        positions: Sequence[int],
        then: Callable[[list[tuple[int, WireAnswer]]], None],
        result: list[Outcome] | OverloadedError,
    ) -> None:
        if isinstance(result, OverloadedError):
            refusal = of_problem(problem_of(result))
            then([(at, self._wire(writes[at], refusal)) for at in positions])
            return
        answers = map(answer_to_one, result)
        wire = self._wire
        then([(at, wire(writes[at], one)) for at, one in zip(positions, answers, strict=True)])

    def _wire(self, write: Write, answer: IngestAnswer) -> WireAnswer:
        body = to_json(answer.body)
        head = (
            f"content-type: {answer.content_type}\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {write.request_id}\r\n"
        )
        if answer.status in (429, 503):
            head += f"retry-after: {RETRY_AFTER}\r\n"
        seconds = perf_counter() - write.started
        self._metrics.observe_request("POST", write.plan.route, answer.status, seconds)
        return WireAnswer(answer.status, head.encode("latin-1"), body)


@lru_cache(maxsize=512)
def _plan(url: bytes, content_type: bytes, encoding: bytes) -> Plan | None:
    path, _, query = url.partition(b"?")
    is_batch = ROUTES.get(path)
    kind, wish = _kind(content_type), _wish(query)
    if is_batch is None or kind is None or wish is None:
        return None
    is_ndjson = kind is _Kind.NDJSON
    if is_ndjson and not is_batch:
        return None
    return Plan(path.decode(), is_batch, is_ndjson, encoding.decode("latin-1"), *wish)


def _kind(content_type: bytes) -> _Kind | None:
    mimetype = content_type.partition(b";")[0].strip().lower().decode("latin-1")
    if is_json(mimetype):
        return _Kind.JSON
    return _Kind.NDJSON if is_ndjson(mimetype) else None


def _wish(query: bytes) -> tuple[str, Acknowledge | None] | None:
    """Stream and acknowledge mode of a query string; None if it is more than these, or wrong."""
    stream, ack = DEFAULT_STREAM, None
    seen = set()
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in seen:
            return None
        seen.add(name)
        if name == "stream" and value in STREAMS:
            stream = value
        elif name == "ack" and value in list(Acknowledge):
            ack = Acknowledge(value)
        else:
            return None
    return stream, ack
