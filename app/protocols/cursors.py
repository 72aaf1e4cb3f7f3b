"""Cursors: where a page ended, as text for the address of the next one.

A cursor holds all that is needed to go on, so that any process can, at any time: nothing is kept for it.
It is no secret, and whoever makes one himself gains nothing, as it narrows what he asks for anyway; a
checksum finds what was cut off or mistyped.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from hashlib import blake2b

from app.domain.entry import MAX_ID_BYTES
from app.domain.errors import InvalidQueryError
from app.domain.filters import Filter
from app.domain.reading import Position

_VERSION = 1
_HAS_PLACE, _IS_EXACT, _HAS_TOTAL, _HAS_LAST = 1, 2, 4, 8
# Version, flags, now, place (timestamp, sequence), total, last sequence, digest of what was asked.
_LAYOUT = struct.Struct(">BBqqqqq8s")
_CHECK_BYTES = 6
_LONGEST = (_LAYOUT.size + MAX_ID_BYTES + _CHECK_BYTES) * 4 // 3 + 4
_FOREIGN = "is not one that a page before has given"


@dataclass(frozen=True)
class Cursor:
    """What is carried from page to page.

    Attributes:
        now: what relative times of the filter count from, so that it stays the same on every page.
        digest: of filter and order, see ``digest_of``.
        after: the last record of the page before; None: from the first on.
        total, is_total_exact: as counted for the first page.
        last_sequence: see ``Stretch``.
    """

    now: int
    digest: bytes
    after: Position | None = None
    total: int | None = None
    is_total_exact: bool = True
    last_sequence: int | None = None

    def check(self, filter: Filter, newest_first: bool) -> None:
        """Make sure that it goes on with what was asked before.

        Raises:
            InvalidQueryError: filter or order are others.
        """
        if self.digest != digest_of(filter, newest_first):
            raise InvalidQueryError(
                "cursor",
                "belongs to another search: filters and order must stay as they were; without it, a "
                "search begins anew",
            )


def digest_of(filter: Filter, newest_first: bool) -> bytes:
    """Tells one question from another."""
    spelt = repr((filter, newest_first)).encode("utf-8", "surrogatepass")
    return blake2b(spelt, digest_size=8, person=b"logfeed-query").digest()


def to_text(cursor: Cursor) -> str:
    """``cursor`` in characters that an address can hold, at most 800."""
    at = cursor.after
    flags = (
        _HAS_PLACE * (at is not None)
        | _IS_EXACT * cursor.is_total_exact
        | _HAS_TOTAL * (cursor.total is not None)
        | _HAS_LAST * (cursor.last_sequence is not None)
    )
    body = _LAYOUT.pack(
        _VERSION,
        flags,
        cursor.now,
        at.timestamp if at else 0,
        at.sequence if at else 0,
        cursor.total or 0,
        cursor.last_sequence or 0,
        cursor.digest,
    )
    body += at.id.encode("utf-8", "replace") if at else b""
    return base64.urlsafe_b64encode(body + _check(body)).rstrip(b"=").decode()


def from_text(text: str) -> Cursor:
    """The cursor that ``text`` spells.

    Raises:
        InvalidQueryError: it spells none.
    """
    body = _body(text)
    if body is None:
        raise InvalidQueryError("cursor", _FOREIGN)
    _, flags, now, timestamp, sequence, total, last, digest = _LAYOUT.unpack_from(body)
    place = Position(timestamp, sequence, body[_LAYOUT.size :].decode("utf-8", "replace"))
    return Cursor(
        now,
        digest,
        place if flags & _HAS_PLACE else None,
        total if flags & _HAS_TOTAL else None,
        bool(flags & _IS_EXACT),
        last if flags & _HAS_LAST else None,
    )


def _body(text: str) -> bytes | None:
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        whole = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
    body, check = whole[:-_CHECK_BYTES], whole[-_CHECK_BYTES:]
    # Of an altered last character only bits that nobody reads may differ; it is refused all the same.
    is_ours = (
        check == _check(body) and base64.urlsafe_b64encode(whole).rstrip(b"=").decode() == text
    )
    return body if is_ours and len(body) >= _LAYOUT.size and body[0] == _VERSION else None


def _check(body: bytes) -> bytes:
    return blake2b(body, digest_size=_CHECK_BYTES, person=b"logfeed-cursor").digest()
