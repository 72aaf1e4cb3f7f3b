"""Request bodies: read with a limit, decompressed, told apart by their content type."""

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from app.protocols import encodings

_NDJSON = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)


def is_json(mimetype: str) -> bool:
    """Whether a body of this type is JSON (RFC 8259, RFC 6839)."""
    return mimetype == "application/json" or (
        mimetype.startswith("application/") and mimetype.endswith("+json")
    )


def is_ndjson(mimetype: str) -> bool:
    """Whether a body of this type is JSON lines."""
    return mimetype in _NDJSON


def read_body(limit: int) -> bytes:
    """The body of the current request, decompressed, at most ``limit`` bytes.

    Raises:
        RequestEntityTooLarge, TooLargeError: it is larger.
        EncodingError: its content encoding is unknown or does not fit.
    """
    request.max_content_length = limit
    encoding = request.headers.get("Content-Encoding", "")
    return encodings.decompress(request.get_data(cache=False), encoding, limit)


def read_json(limit: int) -> bytes:
    """A JSON body."""
    _require_json(allow_ndjson=False)
    return read_body(limit)


def read_batch(limit: int) -> tuple[bytes, bool]:
    """A JSON or NDJSON body, and whether it is NDJSON."""
    is_lines = _require_json(allow_ndjson=True)
    return read_body(limit), is_lines


def read_object(limit: int) -> bytes:
    """A JSON body that may be missing, with its content type then."""
    if request.content_length or request.mimetype or "Transfer-Encoding" in request.headers:
        _require_json(allow_ndjson=False)
    return read_body(limit)


def _require_json(*, allow_ndjson: bool) -> bool:
    """Whether the body is NDJSON.

    Raises:
        UnsupportedMediaType: it is neither that (where allowed) nor JSON.
    """
    kind = request.mimetype
    if is_json(kind):
        return False
    if allow_ndjson and is_ndjson(kind):
        return True
    allowed = "application/json" + (" or application/x-ndjson" if allow_ndjson else "")
    raise UnsupportedMediaType(
        f"the Content-Type is {kind or 'missing'!r}; send {allowed}"
        " (with curl: -H 'Content-Type: application/json')"
    )
