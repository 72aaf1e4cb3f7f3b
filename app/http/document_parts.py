"""The pieces that the OpenAPI document is put together from."""

from typing import Any

from app.protocols import problems

_REASONS = {
    400: "Refused; the reason names the field and what is allowed.",
    404: "There is nothing of this id or name.",
    412: "It is not as the request says; read it again and decide.",
    413: "The body, the batch or the record is too large.",
    415: "The content type or encoding is not one of those allowed.",
    422: "The metadata nests too deeply or has too many keys.",
    429: "More waits to be stored than may wait; try again later.",
    503: "Elasticsearch is away; try again later.",
    504: "The time ran out; what a search or a sample found in it is there, marked as partial.",
}


def query(name: str, description: str) -> dict[str, Any]:
    """An optional parameter of an address."""
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}


def header(name: str, description: str) -> dict[str, Any]:
    """An optional header of a request."""
    return query(name, description) | {"in": "header"}


def ref(name: str) -> dict[str, str]:
    """The schema of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def json(name: str) -> dict[str, Any]:
    """A JSON body of the schema of this name."""
    return {"application/json": {"schema": ref(name)}}


def problem_answers(*statuses: int) -> dict[str, Any]:
    """The problem bodies of these statuses."""
    content = {problems.CONTENT_TYPE: {"schema": ref("Problem")}}
    return {
        str(status): {"description": _REASONS[status], "content": content} for status in statuses
    }
