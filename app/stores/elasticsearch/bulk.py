"""Bulk writes: one outcome a record, transient failures tried again until a deadline.

A bulk request answers 200 while single records failed, so every item is read, on its status and its
error type together: a 400 may be a closed index (wait) or a record that does not fit (reject).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import SystemRandom
from threading import Event
from time import monotonic
from typing import Any, cast

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from app.domain.errors import StoreError, StoreUnavailableError
from app.domain.outcomes import Outcome
from app.domain.sharding import Partition
from app.stores.elasticsearch.connect import explain
from app.stores.elasticsearch.documents import encode

#: Bytes after which a batch is sent in several requests; far below Elasticsearch's limit of 100 MB.
MAX_REQUEST_BYTES = 8 * 1024 * 1024
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_ITEM_FIELDS = "items.*.status,items.*.error,took"
_jitter = SystemRandom()


@dataclass(frozen=True)
class Action:
    """One record, ready to be sent."""

    id: str
    partition: Partition
    source: bytes


class Verdict(Enum):
    """What one bulk item's answer means."""

    CREATED = auto()
    DUPLICATE = auto()
    REJECTED = auto()
    MISSING_INDEX = auto()
    RETRY = auto()
    REFUSED = auto()


def judge(status: int, error_type: str) -> Verdict:
    """The verdict on a bulk item (measured on Elasticsearch 9.5)."""
    match status, error_type:
        case ((200 | 201), _):
            return Verdict.CREATED
        case 409, _:
            return Verdict.DUPLICATE
        case 404, "index_not_found_exception":
            return Verdict.MISSING_INDEX
        case _, "cluster_block_exception" | "index_closed_exception":
            return Verdict.RETRY
        case ((401 | 403), "security_exception"):
            return Verdict.REFUSED
        case ((400 | 413), _):
            return Verdict.REJECTED
        case _:
            return Verdict.RETRY


class BulkWriter:
    """Sends actions until each has its outcome or the deadline has passed.

    Args:
        alias: the name a partition is written to.
        create: makes a partition's index.
        deadline: seconds for one call of ``write``, retries included.
    """

    def __init__(
        self,
        client: Elasticsearch,
        alias: Callable[[Partition], str],
        create: Callable[[Partition], None],
        deadline: float,
    ) -> None:
        self._client = client
        self._alias = alias
        self._create = create
        self._deadline = deadline

    def write(self, actions: Sequence[Action]) -> list[Outcome]:
        """The outcome of each action, in order; never raises for the cluster's sake."""
        outcomes: dict[int, Outcome] = {}
        reasons: dict[int, str] = {}
        until = monotonic() + self._deadline
        pause = _FIRST_PAUSE
        waiting = list(range(len(actions)))
        while waiting:
            again = []
            for part in _parts(actions, waiting):
                again += self._send(actions, part, outcomes, reasons, until - monotonic())
            progressed = len(again) < len(waiting)
            waiting = again
            if waiting and not self._wait(pause, until):
                break
            pause = _FIRST_PAUSE if progressed else min(pause * 2, _LONGEST_PAUSE)
        for position in waiting:
            reason = reasons.get(position, "Elasticsearch did not take the record in time")
            outcomes[position] = Outcome.failed(reason, id=actions[position].id)
        return [outcomes[position] for position in range(len(actions))]

    def _send(
        self,
        actions: Sequence[Action],
        positions: Sequence[int],
        outcomes: dict[int, Outcome],
        reasons: dict[int, str],
        seconds: float,
    ) -> list[int]:
        """Send one request; settles what it can and returns the positions to send again."""
        body = b"".join(self._lines(actions[position]) for position in positions)
        client = self._client.options(request_timeout=max(seconds, 1.0), max_retries=0)
        try:
            answer = client.bulk(body=cast("Any", body), filter_path=_ITEM_FIELDS)
        except (ApiError, TransportError) as error:
            return _whole_request(error, actions, positions, outcomes, reasons)
        missing: set[Partition] = set()
        again = []
        for position, item in zip(positions, answer["items"], strict=True):
            result = item["create"]
            failure = result.get("error") or {}
            action = actions[position]
            match judge(result["status"], failure.get("type", "")):
                case Verdict.CREATED:
                    outcomes[position] = Outcome.created(action.id)
                case Verdict.DUPLICATE:
                    outcomes[position] = Outcome.duplicate(action.id)
                case Verdict.REJECTED:
                    outcomes[position] = Outcome.rejected(_reason(failure), id=action.id)
                case Verdict.REFUSED:
                    outcomes[position] = Outcome.failed(_reason(failure), id=action.id)
                case Verdict.MISSING_INDEX:
                    missing.add(action.partition)
                    again.append(position)
                case Verdict.RETRY:
                    reasons[position] = _reason(failure)
                    again.append(position)
        self._create_all(missing, actions, again, reasons)
        return again

    def _create_all(
        self,
        missing: set[Partition],
        actions: Sequence[Action],
        again: Sequence[int],
        reasons: dict[int, str],
    ) -> None:
        for partition in missing:
            try:
                self._create(partition)
            except (StoreUnavailableError, StoreError) as error:
                for position in again:
                    if actions[position].partition == partition:
                        reasons[position] = str(error)

    def _lines(self, action: Action) -> bytes:
        # The id is the only text in here that a client chose; everything else is ours.
        name = encode(action.id)
        alias = self._alias(action.partition).encode()
        return b"".join(
            (b'{"create":{"_index":"', alias, b'","require_alias":true,"_id":', name, b"}}\n",
             action.source, b"\n")
        )  # fmt: skip

    def _wait(self, pause: float, until: float) -> bool:
        """Pause with jitter; False if the deadline comes first."""
        seconds = _jitter.uniform(pause / 2, pause)
        if monotonic() + seconds >= until:
            return False
        Event().wait(seconds)
        return True


def _parts(actions: Sequence[Action], positions: Sequence[int]) -> list[list[int]]:
    parts: list[list[int]] = [[]]
    size = 0
    for position in positions:
        length = len(actions[position].source)
        if parts[-1] and size + length > MAX_REQUEST_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(position)
        size += length
    return parts


def _whole_request(
    error: ApiError | TransportError,
    actions: Sequence[Action],
    positions: Sequence[int],
    outcomes: dict[int, Outcome],
    reasons: dict[int, str],
) -> list[int]:
    """What a request that failed as a whole means for its records; the positions to send again."""
    reason = f"Elasticsearch: {explain(error)}"
    status = error.status_code if isinstance(error, ApiError) else 503
    if status == 429 or status >= 500:
        reasons.update(dict.fromkeys(positions, reason))
        return list(positions)
    for position in positions:
        outcomes[position] = Outcome.failed(reason, id=actions[position].id)
    return []


def _reason(failure: dict[str, Any]) -> str:
    cause = failure.get("caused_by") or {}
    parts = [failure.get("reason"), cause.get("reason")]
    return ": ".join(part for part in parts if part) or str(failure.get("type", "no reason given"))
