"""What Flask's routes that answer many records share."""

from collections.abc import Mapping
from urllib.parse import quote_plus

from flask import Response, request

from app.domain.reading import Cancellation
from app.protocols.pages import encode

#: Where the server puts the ``Cancellation`` of a request.
CANCELLATION = "logfeed.cancellation"


def cancellation() -> Cancellation | None:
    """Tells when the client of the current request has gone; None where the server cannot tell."""
    found = request.environ.get("asgi.scope", {}).get(CANCELLATION)
    return found if isinstance(found, Cancellation) else None


def raw_answer(body: object, status: int = 200, content_type: str = "application/json") -> Response:
    """``body`` as JSON, with records in it that are JSON already."""
    return Response(encode(body) + b"\n", status, content_type=content_type)


def address_with(path: str, parameters: Mapping[str, str], cursor: str) -> str:
    """An address, relative to the host, with the same parameters and this cursor.

    Names of parameters, which were checked, and cursors consist of characters that stand for themselves.
    """
    kept = [
        f"{name}={quote_plus(text)}&"
        for name, text in parameters.items()
        if name not in ("page", "offset", "cursor")
    ]
    return f"{path}?{''.join(kept)}cursor={cursor}"
