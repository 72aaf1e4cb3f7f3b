"""Dead letters as the API spells them: parameters, the body of a replay, and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from app.domain.dead_letters import (
    DEFAULT_LETTERS,
    MAX_LETTERS,
    DeadLetter,
    LetterPage,
    LetterQuery,
    Replayed,
)
from app.domain.draft import Malformed
from app.domain.errors import InvalidQueryError
from app.domain.instants import format_instant
from app.domain.outcomes import Status
from app.protocols import json_records
from app.protocols.json_walk import BodyError
from app.protocols.rest import check_names, whole_number

#: Query parameters that narrow down, with what they mean, for the API's document.
LETTER_PARAMETERS = {
    "service": "Exactly this service.",
    "error_type": "Exactly this type of error, e.g. document_parsing_exception.",
    "reason": "Words of the reason, next to each other, in any case.",
    "log_id": "The id of the record in the letter.",
}
#: Query parameters that choose the page.
LETTER_PAGE_PARAMETERS = {
    "limit": f"Letters a page, 1 to {MAX_LETTERS}; default {DEFAULT_LETTERS}.",
    "cursor": "The `next_cursor` of the page before.",
}
_LONGEST = 1_024
#: What became of a letter that is not there, beside the outcomes of a record.
GONE = "gone"
REPLAY_STATUSES = (Status.CREATED, Status.DUPLICATE, Status.REJECTED, Status.FAILED, GONE)


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """Which letters to replay: those of ``ids`` or, where that is None, a page of ``query``."""

    ids: Sequence[str] | None
    query: LetterQuery


def _text(meaning: str) -> fields.String:
    return fields.String(
        validate=validate.Length(1, _LONGEST, error="must have {min} to {max} characters"),
        error_messages={"invalid": "must be text", "null": "must be text"},
        metadata={"description": meaning},
    )


class ReplaySchema(Schema):
    """The body of a replay; an empty one means every letter."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "is not known here"}  # noqa: RUF012 - marshmallow declares it on the instance

    ids = fields.List(
        _text("The id of a letter."),
        validate=validate.Length(1, MAX_LETTERS, error="must have {min} to {max} ids"),
        error_messages={"invalid": "must be a list of ids", "null": "must be a list of ids"},
        metadata={"description": "Exactly these letters; nothing else may be given then."},
    )
    service = _text(LETTER_PARAMETERS["service"])
    error_type = _text(LETTER_PARAMETERS["error_type"])
    reason = _text(LETTER_PARAMETERS["reason"])
    log_id = _text(LETTER_PARAMETERS["log_id"])
    limit = fields.Integer(
        strict=True,
        validate=validate.Range(1, MAX_LETTERS, error="must be a whole number from {min} to {max}"),
        error_messages={
            "invalid": f"must be a whole number from 1 to {MAX_LETTERS}",
            "null": f"must be a whole number from 1 to {MAX_LETTERS}",
        },
        metadata={"description": f"Most letters of this request; default {DEFAULT_LETTERS}."},
    )
    cursor = _text("The `next_cursor` of the answer before, to go on behind it.")


_REPLAY = ReplaySchema()


def parse_letter_query(parameters: Mapping[str, str]) -> LetterQuery:
    """The query that the parameters of a list spell; an empty one is as good as none.

    Raises:
        InvalidQueryError: a bad value, an unknown name.
    """
    check_names(parameters, {**LETTER_PARAMETERS, **LETTER_PAGE_PARAMETERS})
    return LetterQuery(
        limit=whole_number(parameters, "limit", DEFAULT_LETTERS, 1, MAX_LETTERS),
        cursor=parameters.get("cursor") or None,
        **_narrowing(parameters),
    )


def parse_purge(parameters: Mapping[str, str]) -> LetterQuery:
    """The letters that a purge names by what they have in common; ``all=true`` names every one.

    Raises:
        InvalidQueryError: nothing says which, a bad value, an unknown name.
    """
    check_names(parameters, {**LETTER_PARAMETERS, "all": ""})
    narrowing = _narrowing(parameters)
    wants_all = parameters.get("all", "")
    if wants_all not in ("", "true"):
        raise InvalidQueryError("all", "must be true, or not be given")
    if not narrowing and not wants_all:
        raise InvalidQueryError(
            "all", f"must be true, unless {', '.join(LETTER_PARAMETERS)} say which letters to purge"
        )
    return LetterQuery(limit=MAX_LETTERS, **narrowing)


def parse_replay(body: bytes) -> ReplayRequest:
    """What a replay asks for; no body at all means every letter.

    Raises:
        BodyError: it is no JSON.
        InvalidQueryError: a bad value, an unknown field.
    """
    value = json_records.decode_one(body) if body.strip() else {}
    if isinstance(value, Malformed) or not isinstance(value, dict):
        raise BodyError("a replay is a JSON object")
    try:
        given: dict[str, Any] = _REPLAY.load(value)
    except ValidationError as error:
        raise InvalidQueryError(*_first(error.messages)) from None
    ids = given.pop("ids", None)
    if ids is not None and given:
        raise InvalidQueryError("ids", "cannot be given together with anything else")
    record_id = given.pop("log_id", None)
    return ReplayRequest(ids, LetterQuery(record_id=record_id, **given))


def dump_letter(letter: DeadLetter) -> dict[str, Any]:
    """A letter without its record."""
    return {
        "id": letter.id,
        "log_id": letter.record_id,
        "service": letter.service,
        "index": letter.index,
        "reason": letter.reason,
        "error_type": letter.error_type,
        "attempts": letter.attempts,
        "first_refused_at": format_instant(letter.first_refused),
        "last_refused_at": format_instant(letter.last_refused),
    }


def dump_letters(page: LetterPage, query: LetterQuery) -> dict[str, Any]:
    """The answer to a list."""
    return {
        "dead_letters": [dump_letter(letter) for letter in page.letters],
        "count": len(page.letters),
        "pagination": {
            "limit": query.limit,
            "total": page.total,
            "next_cursor": page.next_cursor,
        },
    }


def dump_replay(results: Sequence[Replayed], next_cursor: str | None) -> dict[str, Any]:
    """The answer to a replay: one result a letter, in order, and how many there are of each kind."""
    counts = dict.fromkeys(REPLAY_STATUSES, 0)
    for result in results:
        counts[status_of(result)] += 1
    return {
        "counts": counts,
        "results": [_dump_result(result) for result in results],
        "next_cursor": next_cursor,
    }


def status_of(result: Replayed) -> str:
    """The word for what became of a letter."""
    return result.outcome.status.value if result.outcome else GONE


def _dump_result(result: Replayed) -> dict[str, Any]:
    dumped: dict[str, Any] = {"id": result.id, "status": status_of(result)}
    if result.outcome is None:
        return dumped | {"reason": "there is no such letter; it may have been replayed or purged"}
    dumped["log_id"] = result.outcome.id
    if result.outcome.reason is not None:
        dumped["reason"] = result.outcome.reason
    return dumped


def _narrowing(parameters: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in LETTER_PARAMETERS:
        if value := parameters.get(name):
            if len(value) > _LONGEST:
                raise InvalidQueryError(name, f"must have 1 to {_LONGEST} characters")
            given["record_id" if name == "log_id" else name] = value
    return given


def _first(messages: Any) -> tuple[str, str]:
    name = min(messages)
    reasons = messages[name]
    while isinstance(reasons, dict):
        reasons = reasons[min(reasons)]
    return str(name), " ".join(reasons)
