"""What went wrong in a search, told apart by what helps: another query, another time, another try."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.errors import (
    AnswerTooLargeError,
    InvalidQueryError,
    LogfeedError,
    StoreError,
    StoreUnavailableError,
)
from app.stores.elasticsearch.connect import BREAKER, BUSY
from app.stores.elasticsearch.until_whole import ShardsFailedError

#: A phrase whose last word is only begun stands for a phrase with each word that begins so.
_TOO_MANY = "too many words begin like the last one of a phrase; give more letters of it"
_TOO_MANY_SIGN = "maxClauseCount"
#: What Elasticsearch says where it found no copy of a shard to ask.
_NO_SHARD = ("search_phase_execution_exception", "no_shard_available_action_exception")
#: A shard is not there, or not any more, or its node is not. Where indices are deleted under searches,
#: that are a missing context and no available shard; some come without a reason.
_MISSING = frozenset(
    [
        "already_closed_exception",
        "connect_transport_exception",
        "illegal_index_shard_state_exception",
        "index_closed_exception",
        "index_not_found_exception",
        "index_shard_closed_exception",
        "index_shard_not_started_exception",
        "index_shard_recovering_exception",
        "no_shard_available_action_exception",
        "node_closed_exception",
        "node_disconnected_exception",
        "node_not_connected_exception",
        "search_context_missing_exception",
        "send_request_transport_exception",
        "shard_not_found_exception",
        "unavailable_shards_exception",
    ]
)
_NO_MEMORY = "Elasticsearch has no memory for this now"
_NOT_NOW = BUSY | {"task_cancelled_exception"}
#: Those that have the status 400 where all shards say so; of a part of them no status is told.
_REFUSED = frozenset(
    [
        "illegal_argument_exception",
        "number_format_exception",
        "parse_exception",
        "parsing_exception",
        "query_shard_exception",
        "too_complex_to_determinize_exception",
        "too_many_buckets_exception",
        "too_many_clauses",
        "too_many_nested_clauses",
        "x_content_parse_exception",
    ]
)
_WEIGHTIEST_FIRST: Sequence[type[LogfeedError]] = (
    InvalidQueryError,
    AnswerTooLargeError,
    StoreUnavailableError,
    ShardsFailedError,
)


def check_error(error: Any, status: int) -> None:
    """Raise what the error of a whole search means; None is none.

    Raises:
        InvalidQueryError: the query is at fault.
        ShardsFailedError: there was no shard to ask.
        AnswerTooLargeError, StoreUnavailableError: the cluster cannot answer now.
        StoreError: anything else.
    """
    if error is None:
        return
    cause = (error.get("root_cause") or [error])[0]
    reason = _said(cause)
    if status == 400 and cause.get("type") not in _NOT_NOW:
        raise InvalidQueryError("filter", _TOO_MANY if _TOO_MANY_SIGN in reason else reason)
    if status == 503 and error.get("type") in _NO_SHARD:
        raise ShardsFailedError(f"not every shard could be asked ({reason})")
    if cause.get("type") == BREAKER:
        raise AnswerTooLargeError(f"{_NO_MEMORY} ({reason})")
    if status in (400, 429) or status >= 500:
        raise StoreUnavailableError(f"Elasticsearch cannot answer now ({reason})")
    if status == 404:
        raise ShardsFailedError(f"an index is not there any more ({reason})")
    raise StoreError(f"Elasticsearch answered {status} {reason}")


def check_shards(total: int, failed: int, failures: Sequence[Mapping[str, Any]]) -> None:
    """Raise what it means that ``failed`` shards of ``total`` did not answer.

    A query that one shard refuses is at fault, whatever the others do. To ask again helps only where
    nothing but shards is missing.

    Args:
        failures: with their reasons; equal ones come once.

    Raises:
        InvalidQueryError: the query is at fault.
        AnswerTooLargeError, StoreUnavailableError: a shard cannot answer now.
        ShardsFailedError: shards are missing.
    """
    if not failed:
        return
    counted = f"{failed} of {total} shards did not answer"
    faults = [_fault(failure.get("reason") or {}, counted) for failure in failures]
    weightiest = min(faults, key=lambda fault: _WEIGHTIEST_FIRST.index(type(fault)), default=None)
    raise weightiest or ShardsFailedError(counted)


def _fault(reason: Mapping[str, Any], counted: str) -> LogfeedError:
    """What the reason of one shard means."""
    chain = list(_chain(reason))
    kinds = {str(one.get("type")) for one in chain}
    if any(_TOO_MANY_SIGN in str(one.get("reason")) for one in chain):
        return InvalidQueryError("filter", _TOO_MANY)
    if kinds & _MISSING:
        return ShardsFailedError(f"{counted} ({_said(reason)})")
    if kinds & _REFUSED and not kinds & _NOT_NOW:
        return InvalidQueryError("filter", _said(reason))
    if BREAKER in kinds:
        return AnswerTooLargeError(f"{_NO_MEMORY} ({_said(reason)})")
    return StoreUnavailableError(f"{counted} ({_said(reason)})")


def _chain(reason: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """The reason, what that was caused by, and so on."""
    while reason:
        yield reason
        reason = reason.get("caused_by")


def _said(reason: Mapping[str, Any]) -> str:
    return f"{reason.get('type')}: {reason.get('reason')}"
