"""The service that the name of a log file suggests."""

import re
from pathlib import PurePath

from app.domain.draft import CONTROL_CHARACTERS, MAX_SERVICE_LENGTH

_COMPRESSED = re.compile(r"\.(?:gz|zst|zstd|bz2|xz|z)$", re.IGNORECASE)
#: ``.1``, ``-20240102``, ``.2024-01-02_03:04:05``: what rotation adds to a name.
_ROTATION = re.compile(r"[._-](?:\d{1,4}|\d{6,14}|\d{4}-\d\d(?:-\d\d)?(?:[T_-][\d:.-]+)?|old|bak)$")
_EXTENSION = re.compile(r"\.(?:log|txt|json|jsonl|ndjson|out|err|logs)$", re.IGNORECASE)
#: ``_2k``: how public collections mark an excerpt.
_EXCERPT = re.compile(r"_\d+k$", re.IGNORECASE)


def service_of(name: str) -> str:
    """``apache`` for ``Apache_2k.log``; ``imported`` where nothing is left of the name."""
    text = _COMPRESSED.sub("", PurePath(name).name)
    while True:
        shorter = _EXCERPT.sub("", _EXTENSION.sub("", _ROTATION.sub("", text)))
        if shorter == text or not shorter:
            break
        text = shorter
    text = CONTROL_CHARACTERS.sub("", text.encode("utf-8", "replace").decode())
    text = text.strip("._- ").lower()
    return text[:MAX_SERVICE_LENGTH] or "imported"
