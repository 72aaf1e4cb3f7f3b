"""Saved searches as the API spells them: their bodies, the headers of a change, and answers."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from app.domain.draft import Malformed
from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter
from app.domain.instants import format_instant
from app.domain.saved_searches import LONGEST_DESCRIPTION, LONGEST_VALUE, Condition, SavedSearch
from app.protocols import json_records
from app.protocols.json_walk import BodyError
from app.protocols.rest import FILTER_PARAMETERS, check_names, parse_filter

#: The query parameter that takes in a saved search.
SAVED_PARAMETER = {
    "saved": "Name of a saved search; records must match it and all else that is given."
}
IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
_TAG = re.compile(r'"([\x21\x23-\x7e]*)"')


class SavedSearchSchema(Schema):
    """The body under which a search is saved."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "is not known here"}  # noqa: RUF012 - marshmallow declares it on the instance

    parameters = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        error_messages={
            "required": "must be given",
            "invalid": "must be an object whose values are texts",
            "null": "must be an object whose values are texts",
        },
        metadata={
            "description": "As the search takes them, without those that choose the page.",
            "example": {"service": "shop", "min_level": "ERROR", "start_time": "now-1h"},
        },
    )
    description = fields.String(
        validate=validate.Length(
            max=LONGEST_DESCRIPTION, error="must have at most {max} characters"
        ),
        error_messages={"invalid": "must be text", "null": "must be text"},
        metadata={"description": "What it is for."},
    )


_SCHEMA = SavedSearchSchema()


def parse_saved_filter(parameters: Mapping[str, str], now: int) -> Filter:
    """The filter that the parameters of a saved search spell.

    Raises:
        InvalidQueryError: a name or a value that a search would refuse, or nothing at all.
    """
    check_names(parameters, FILTER_PARAMETERS)
    if not any(parameters.values()):
        raise InvalidQueryError(
            "parameters", f"must have one at least of {', '.join(FILTER_PARAMETERS)}"
        )
    for name, value in parameters.items():
        if len(value) > LONGEST_VALUE:
            raise InvalidQueryError(name, f"must have at most {LONGEST_VALUE} characters")
    return parse_filter(parameters, now)


def parse_saved_search(body: bytes) -> tuple[dict[str, str], str]:
    """Parameters and description that a body spells.

    Raises:
        BodyError: it is no JSON object.
        InvalidQueryError: a bad value, an unknown field.
    """
    value = json_records.decode_one(body)
    if isinstance(value, Malformed) or not isinstance(value, dict):
        raise BodyError("a saved search is a JSON object")
    try:
        given: dict[str, Any] = _SCHEMA.load(value)
    except ValidationError as error:
        raise InvalidQueryError(*_first(error.messages)) from None
    return given["parameters"], given.get("description", "")


def parse_condition(if_match: str | None, if_none_match: str | None) -> Condition:
    """The condition that the headers of a change spell (RFC 9110, 13.1).

    Raises:
        InvalidQueryError: a header that is none of the forms.
    """
    if if_none_match is not None:
        if if_match is not None or if_none_match.strip() != "*":
            raise InvalidQueryError(IF_NONE_MATCH, f"must be *, without {IF_MATCH} beside it")
        return Condition(must_be_new=True)
    if if_match is None:
        return Condition()
    if if_match.strip() == "*":
        return Condition(must_exist=True)
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        raise InvalidQueryError(IF_MATCH, "must be one ETag, in its quotes, or *")
    return Condition(version=tag[1])


def etag(search: SavedSearch) -> str:
    """The ETag of a version."""
    return f'"{search.version}"'


def dump_saved_search(search: SavedSearch) -> dict[str, Any]:
    """A saved search as the API shows it."""
    return {
        "name": search.name,
        "parameters": dict(search.parameters),
        "description": search.description,
        "created_at": format_instant(search.created),
        "updated_at": format_instant(search.updated),
        "version": search.version,
    }


def _first(messages: Any) -> tuple[str, str]:
    name = min(messages)
    reasons = messages[name]
    path = [str(name)]
    while isinstance(reasons, dict):
        inner = min(reasons)
        if inner not in ("key", "value"):
            path.append(str(inner))
        reasons = reasons[inner]
    reason = " ".join(reasons)
    return ".".join(path), "must be text" if reason == "Not a valid string." else reason
