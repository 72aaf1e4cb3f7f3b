"""Dead letters as Elasticsearch documents, and back.

The record is kept as text, as the bulk action that was refused, so that no mapping can refuse it a
second time; the fields beside it are what letters are searched by.
"""

import base64
import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from app.domain.dead_letters import DeadLetter, LetterQuery
from app.domain.errors import InvalidQueryError
from app.domain.instants import format_instant
from app.domain.metadata import JsonValue
from app.stores.elasticsearch.actions import Action, create_action, from_lines
from app.stores.elasticsearch.documents import encode, parse_stored_instant
from app.stores.elasticsearch.reasons import error_type

#: Characters of a reason that are kept.
_MAX_REASON = 1_000
#: Index and id together name a record, so that no two letters sort as equal.
SORT: list[dict[str, Any]] = [
    {"died_at": {"order": "desc", "format": "strict_date_optional_time_nanos"}},
    {"index": "asc"},
    {"record_id": "asc"},
]
#: What the store itself adds to a record (see ``documents.to_document``).
_OWN_FIELDS = frozenset({"ingest_sequence", "numbers", "parts"})


def to_letter(action: Action, reason: str, now: int, index: str) -> Action:
    """The action that buries ``action`` in ``index``; the same record always gets the same name."""
    name = blake2b(f"{action.target}/{action.id}".encode("utf-8", "surrogatepass"), digest_size=16)
    died_at = format_instant(now)
    source = encode(
        {
            "died_at": died_at,
            "last_refused_at": died_at,
            "attempts": 1,
            **reason_fields(reason),
            "service": action.service or _service_of(action),
            "index": action.target,
            "record_id": action.id,
            "action": action.lines.decode("utf-8", "replace"),
        }
    )
    return create_action(name.hexdigest(), index, source)


def refused_again(letter: Mapping[str, Any], reason: str, now: int) -> dict[str, Any]:
    """The fields of ``letter``, as it was found, that change when a replay is refused."""
    return {
        "last_refused_at": format_instant(now),
        "attempts": letter["_source"].get("attempts", 1) + 1,
        **reason_fields(reason),
    }


def reason_fields(reason: str) -> dict[str, str]:
    """The reason, cut to a length, and the error type that it begins with."""
    return {"reason": reason[:_MAX_REASON], "error_type": error_type(reason)}


def from_letter(letter: Mapping[str, Any]) -> DeadLetter:
    """The letter that a search or ``get`` has found."""
    source = letter["_source"]
    return DeadLetter(
        id=letter["_id"],
        record_id=source["record_id"],
        service=source.get("service", ""),
        index=source["index"],
        reason=source["reason"],
        error_type=source.get("error_type", ""),
        attempts=source.get("attempts", 1),
        first_refused=parse_stored_instant(source["died_at"]),
        last_refused=parse_stored_instant(source.get("last_refused_at", source["died_at"])),
        record=_record(source["action"]) if "action" in source else None,
    )


def action_in(letter: Mapping[str, Any]) -> Action:
    """The action that was refused."""
    (action,) = from_lines(letter["_source"]["action"].encode())
    return action


def to_filter(query: LetterQuery) -> dict[str, Any]:
    """The Elasticsearch query for the letters that are asked for."""
    exact = {
        "service": query.service,
        "error_type": query.error_type,
        "record_id": query.record_id,
    }
    parts: list[dict[str, Any]] = [
        {"term": {name: value}} for name, value in exact.items() if value is not None
    ]
    if query.reason is not None:
        parts.append({"match_phrase": {"reason": query.reason}})
    if query.refused_before is not None:
        before = format_instant(query.refused_before)
        # Letters of older versions have the time of the first refusal only.
        parts.append({"range": {"died_at": {"lt": before}}})
        parts.append({"bool": {"must_not": {"range": {"last_refused_at": {"gte": before}}}}})
    return {"bool": {"filter": parts}}


def to_cursor(sort: list[Any]) -> str:
    """The cursor behind the hit with these sort values."""
    return base64.urlsafe_b64encode(json.dumps(sort).encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> list[Any]:
    """The sort values that ``to_cursor`` was given.

    Raises:
        InvalidQueryError: it did not give this.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        died_at, index, record_id = values
        parse_stored_instant(died_at)
        return [died_at, index + "", record_id + ""]
    except (ValueError, RecursionError, TypeError, AttributeError):
        raise InvalidQueryError("cursor", "is not one that a page before has given") from None


def _source_of(action_lines: str | bytes) -> Any:
    separator: Any = "\n" if isinstance(action_lines, str) else b"\n"
    return json.loads(action_lines.split(separator)[1])


def _service_of(action: Action) -> str:
    try:
        service = _source_of(action.lines)["service"]
    except (ValueError, LookupError, TypeError):
        return ""
    return service if isinstance(service, str) else ""


def _record(action: str) -> JsonValue:
    """The record as it was sent, so far as that can be told; as text where it is no JSON object."""
    try:
        (found,) = from_lines(action.encode())
        fields = _source_of(action).items()
    except (ValueError, LookupError, AttributeError):
        return action
    return {"id": found.id} | {name: value for name, value in fields if name not in _OWN_FIELDS}
