"""One bulk request, and what each of its items' answers means.

A bulk request answers 200 while single records failed, so every item is read, on its status and its
error type together: a 400 may be a closed index (wait) or a record that does not fit (reject).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import orjson
from elastic_transport import TransportError
from elasticsearch import ApiError

from app.stores.elasticsearch.actions import Action, to_lines
from app.stores.elasticsearch.client import Client
from app.stores.elasticsearch.connect import BUSY, explain
from app.stores.elasticsearch.reasons import error_type, explain_item, without_values

#: Seconds for one request: longer than a replica's stall, so that few are sent twice for nothing.
REQUEST_SECONDS = 60.0
_TARGET = "/_bulk?filter_path=items.*.status,items.*.error"
#: How long Elasticsearch waits for enough copies before an item's answer is that they are missing. Well
#: below the time of a request, which would end without an answer.
_COPIES_TIMEOUT = "10s"
#: What a busy node says of the room that it has for all requests; a tenth of its heap, mostly.
_ROOM = re.compile(r"max_coordinating_bytes=(\d+)")


class Verdict(Enum):
    """What one bulk item's answer means."""

    CREATED = auto()
    DUPLICATE = auto()
    #: The record itself does not fit; it never will.
    REJECTED = auto()
    MISSING_INDEX = auto()
    #: The index takes no writes now; others do.
    BLOCKED = auto()
    #: Too much at once.
    OVERLOADED = auto()
    #: Nobody knows whether waiting helps.
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one action; ``reason`` is empty for what was stored, and repeats no value."""

    verdict: Verdict
    reason: str = ""


class BulkAwayError(Exception):
    """Nothing answered, or Elasticsearch cannot take anything now; all may be sent again.

    Attributes:
        is_ambiguous: the request may have been carried out, whole or in part.
    """

    def __init__(self, reason: str, *, is_ambiguous: bool) -> None:
        super().__init__(reason)
        self.is_ambiguous = is_ambiguous


class BulkOverloadedError(BulkAwayError):
    """Elasticsearch has too much to do to take any of it now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, is_ambiguous=False)


class BulkRefusedError(Exception):
    """The request as a whole was refused, and would be again.

    Attributes:
        is_too_large: smaller ones may be taken; otherwise one of its actions spoils it.
    """

    def __init__(self, reason: str, *, is_too_large: bool = False) -> None:
        super().__init__(reason)
        self.is_too_large = is_too_large


def bulk_client(client: Client) -> Client:
    """``client`` for bulk requests: patient, and never sending again by itself."""
    return client.options(request_timeout=REQUEST_SECONDS, max_retries=0)


def bulk_target(active_shards: str) -> str:
    """The address of bulk requests that want so many copies of each shard: a number, or ``all``."""
    if active_shards == "1":
        return _TARGET
    return f"{_TARGET}&wait_for_active_shards={active_shards}&timeout={_COPIES_TIMEOUT}"


def send(client: Client, lines: bytes, count: int, *, target: str = _TARGET) -> list[Answer] | None:
    """Send actions in one request; an answer for each, in order, or None if all were created.

    Args:
        lines: of the actions (see ``actions.to_lines``).
        count: of the actions.
        client: see ``bulk_client``.
        target: see ``bulk_target``.

    Raises:
        BulkAwayError, BulkOverloadedError, BulkRefusedError: the request as a whole failed.
    """
    try:
        # Past `client.bulk`, which costs as much again as the request itself.
        body = client.exchange("POST", target, lines)
    except ApiError as error:
        raise _failure(error.status_code, explain(error), len(lines)) from error
    except TransportError as error:
        raise BulkAwayError(f"Elasticsearch: {explain(error)}", is_ambiguous=True) from error
    if body == _all_created(count):
        return None
    items = _items(body)
    if len(items) != count:
        raise BulkAwayError("Elasticsearch: an answer that is none", is_ambiguous=True)
    return [_read(item["create"]) for item in items]


def _failure(status: int, explained: str, size: int) -> Exception:
    """What became of a request of ``size`` bytes that failed as a whole."""
    reason = f"Elasticsearch: {without_values(explained)}"
    room = _ROOM.search(explained)
    if status == 413 or (room and size > int(room[1])):
        # Though it may say that it is busy: no waiting helps.
        return BulkRefusedError(reason, is_too_large=True)
    if status == 400:
        return BulkRefusedError(reason)
    if error_type(reason) in BUSY:
        return BulkOverloadedError(reason)
    # 401 and 403 too: credentials are mended by people, and nothing may be lost meanwhile.
    return BulkAwayError(reason, is_ambiguous=status >= 500)


def _all_created(count: int) -> bytes:
    """What is answered where nothing went wrong, byte by byte: to decode it costs many times more."""
    return b'{"items":[%b]}' % b",".join([_CREATED_ITEM] * count)


def _items(body: bytes) -> list[Any]:
    try:
        decoded = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    items = decoded.get("items") if isinstance(decoded, dict) else None
    return items if isinstance(items, list) else []


_CREATED_ITEM = b'{"create":{"status":201}}'
_CREATED = Answer(Verdict.CREATED)


def send_each(client: Client, actions: Sequence[Action]) -> list[Answer]:
    """``send`` for callers that look at every answer."""
    answers = send(client, to_lines(actions), len(actions))
    return [_CREATED] * len(actions) if answers is None else answers


def _read(result: dict[str, Any]) -> Answer:
    failure = result.get("error")
    if failure is None:
        return _CREATED
    status = result["status"]
    verdict = judge(status, failure.get("type", ""))
    reason = explain_item(failure)
    return Answer(verdict, f"{status} {reason}" if verdict is Verdict.UNKNOWN else reason)


def judge(status: int, error_type: str) -> Verdict:
    """The verdict on a bulk item, by both (measured on Elasticsearch 9.5)."""
    match status, error_type:
        case ((200 | 201), _):
            return Verdict.CREATED
        case 409, "version_conflict_engine_exception":
            return Verdict.DUPLICATE
        case 404, "index_not_found_exception":
            return Verdict.MISSING_INDEX
        case _, "cluster_block_exception" | "index_closed_exception" | "security_exception":
            return Verdict.BLOCKED
        case _, busy if busy in BUSY:
            return Verdict.OVERLOADED
        case 429, _:
            return Verdict.OVERLOADED
        # An outage of some of it, however it is called: it is waited for without end.
        case _ if status >= 500:
            return Verdict.BLOCKED
        case ((400 | 413), _):
            return Verdict.REJECTED
        case _:
            return Verdict.UNKNOWN
