"""``Idempotency-Key``: a repeated request stores its records once (IETF draft of that name).

Nothing is kept of a request. Records that come without an id get one that follows from the key, the
stream, the body and their place in it, so that the same request makes the same ids on any worker of any
machine, also after a crash, and the second is answered ``duplicate``. As the body is a part of it,
another body under a used key is stored too: a key that is used by mistake loses no record.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b

from msgspec.structs import replace

from app.domain.draft import Draft, Malformed
from app.domain.errors import InvalidQueryError

HEADER = "Idempotency-Key"
_MOST_CHARACTERS = 255


def read_key(text: str) -> str:
    """The key that a header of this text names; quotes around it, as the draft has them, are no part.

    Raises:
        InvalidQueryError: it is none.
    """
    key = text.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 0 < len(key) <= _MOST_CHARACTERS or not all("!" <= sign <= "~" for sign in key):
        raise InvalidQueryError(
            HEADER, f"must be 1 to {_MOST_CHARACTERS} visible ASCII characters without spaces"
        )
    return key


def with_ids(
    records: Sequence[Draft | Malformed], key: str, stream: str, body: bytes
) -> list[Draft | Malformed]:
    """``records``, each of which has an id; ``body`` is theirs, decompressed."""
    digest = blake2b(body, digest_size=18, key=blake2b(f"{stream} {key}".encode()).digest())
    stem = urlsafe_b64encode(digest.digest()).decode()
    return [
        replace(record, id=f"{stem}-{at}")
        if isinstance(record, Draft) and record.id is None
        else record
        for at, record in enumerate(records)
    ]
