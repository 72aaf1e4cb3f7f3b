"""The short way for requests that write: no Flask, and no thread that waits.

Flask in a thread costs some 400 to 900 µs of CPU a request, this door about 50 (ARCHITECTURE.md has the
figures). It takes the usual request; whatever is unusual about one, a mistake above all, is left to the
Flask routes (``app.http.ingest``), which explain it. Both read bodies and answer by the same functions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from time import perf_counter
from urllib.parse import parse_qsl

from app.domain.errors import LogfeedError, OverloadedError
from app.domain.outcomes import Acknowledge, Outcome
from app.domain.ports import DEFAULT_STREAM, IMPORTED_STREAM
from app.http.answers import RETRY_AFTER, to_json
from app.http.bodies import is_json, is_ndjson
from app.http.ingest_answers import IngestAnswer, answer_to_batch, answer_to_one, of_problem
from app.http.metrics import Metrics
from app.http.request_ids import id_of
from app.protocols import drafts, encodings
from app.protocols.encodings import EncodingError, TooLargeError
from app.protocols.json_records import BodyError
from app.protocols.problems import problem, problem_of
from app.services.log_feeding import LogFeedingService

#: The routes, and whether each takes batches.
ROUTES = {
    b"/logs": False,
    b"/api/v1/logs": False,
    b"/logs/batch": True,
    b"/api/v1/logs/batch": True,
}
_STREAMS = (DEFAULT_STREAM, IMPORTED_STREAM)


class _Kind(Enum):
    JSON = auto()
    NDJSON = auto()


@dataclass(frozen=True, slots=True)
class Write:
    """What the head of a usual request asks for."""

    route: str
    is_batch: bool
    is_ndjson: bool
    encoding: str
    stream: str
    ack: Acknowledge
    request_id: str
    started: float


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer's status, header lines and body, ready to be sent."""

    status: int
    head: bytes
    body: bytes


#: Is told the answer, by any thread.
Answered = Callable[[WireAnswer], None]


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
        max_batch_records: int,
        acknowledge: Acknowledge,
    ) -> None:
        self.max_body_bytes = max_body_bytes
        self._service = service
        self._metrics = metrics
        self._most = max_batch_records
        self._acknowledge = acknowledge

    def order(self, path: bytes, query: bytes, headers: dict[bytes, bytes]) -> Write | None:
        """What a POST with this head asks for; None if it is not a usual one."""
        is_batch = ROUTES.get(path)
        if is_batch is None:
            return None
        kind = _kind(headers.get(b"content-type", b""))
        wish = _wish(query)
        encoding = headers.get(b"content-encoding", b"").decode("latin-1")
        if kind is None or wish is None or (kind is _Kind.NDJSON and not is_batch):
            return None
        stream, ack = wish
        return Write(
            path.decode(),
            is_batch,
            kind is _Kind.NDJSON,
            encoding,
            stream,
            ack or self._acknowledge,
            id_of(headers.get(b"x-request-id", b"").decode("latin-1")),
            perf_counter(),
        )

    def begin(self, write: Write, body: bytes, then: Answered) -> bool:
        """Take the records of ``body`` in and tell ``then`` the answer; False: it is not a usual one."""
        try:
            records = self._read(write, body)
        except (BodyError, EncodingError, TooLargeError):
            return False
        if not records:
            return False

        def settled(result: list[Outcome] | OverloadedError) -> None:
            then(self._answer(write, result))

        try:
            self._service.ingest_then(records, write.stream, write.ack, settled)
        except LogfeedError as error:
            then(self._wire(write, of_problem(problem_of(error))))
        return True

    def refuse(self, write: Write, status: int, detail: str) -> WireAnswer:
        """The answer to a request of which nothing is taken."""
        return self._wire(write, of_problem(problem(status, detail)))

    def _read(self, write: Write, body: bytes) -> drafts.Drafts:
        if write.encoding:
            body = encodings.decompress(body, write.encoding, self.max_body_bytes)
        if not write.is_batch:
            return [drafts.read_one(body)]
        if write.is_ndjson:
            return drafts.read_lines(body, self._most)
        return drafts.read_batch(body, self._most)

    def _answer(self, write: Write, result: list[Outcome] | OverloadedError) -> WireAnswer:
        if isinstance(result, OverloadedError):
            answer = of_problem(problem_of(result))
        elif write.is_batch:
            answer = answer_to_batch(result)
        else:
            answer = answer_to_one(result[0])
        return self._wire(write, answer)

    def _wire(self, write: Write, answer: IngestAnswer) -> WireAnswer:
        body = to_json(answer.body)
        head = (
            f"content-type: {answer.content_type}\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {write.request_id}\r\n"
        )
        if answer.status in (429, 503):
            head += f"retry-after: {RETRY_AFTER}\r\n"
        seconds = perf_counter() - write.started
        self._metrics.observe_request("POST", write.route, answer.status, seconds)
        return WireAnswer(answer.status, head.encode("latin-1"), body)


@lru_cache(maxsize=256)
def _kind(content_type: bytes) -> _Kind | None:
    mimetype = content_type.partition(b";")[0].strip().lower().decode("latin-1")
    if is_json(mimetype):
        return _Kind.JSON
    return _Kind.NDJSON if is_ndjson(mimetype) else None


@lru_cache(maxsize=256)
def _wish(query: bytes) -> tuple[str, Acknowledge | None] | None:
    """Stream and acknowledge mode of a query string; None if it is more than these, or wrong."""
    stream, ack = DEFAULT_STREAM, None
    seen = set()
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in seen:
            return None
        seen.add(name)
        if name == "stream" and value in _STREAMS:
            stream = value
        elif name == "ack" and value in list(Acknowledge):
            ack = Acknowledge(value)
        else:
            return None
    return stream, ack
