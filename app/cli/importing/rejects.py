"""Records that the API refused, kept whole in a file, with the reason."""

import os
import re
from pathlib import Path

import orjson

_UNSAFE = re.compile(r"[^\w.-]")


class Rejects:
    """A file of NDJSON, made when the first record is refused.

    Each line has ``line`` and ``file`` of the record's origin, ``field`` and ``reason`` of the
    refusal, and the ``record`` itself.
    """

    def __init__(self, folder: Path, label: str, origin: str) -> None:
        self.path = folder / f"rejected-{_UNSAFE.sub('_', label)[:80]}.ndjson"
        self._origin = origin

    def keep(self, refused: list[tuple[int, dict[str, object], bytes]]) -> None:
        """Add (line, result, record), on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            for line, result, record in refused:
                entry = {
                    "file": self._origin,
                    "line": line,
                    "field": result.get("field"),
                    "reason": result.get("reason"),
                    "record": orjson.Fragment(record),
                }
                file.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
