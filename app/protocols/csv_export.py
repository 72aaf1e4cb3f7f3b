"""Records as CSV (RFC 4180) that no spreadsheet takes for formulas."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from app.domain.raw_records import RawRecord

#: What a spreadsheet may read as the beginning of a formula; some take wide signs for the plain ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CURSOR = "cursor"


class CsvLines:
    """Writes records as lines.

    Args:
        fields: the columns: fields of a record, or ``metadata.KEY``.
        with_cursor: add a column for cursors.
    """

    def __init__(self, fields: Sequence[str], *, with_cursor: bool = False) -> None:
        self._fields = fields
        self._with_cursor = with_cursor
        self._keys = [name.removeprefix("metadata.") for name in fields if "." in name]

    def header(self) -> bytes:
        """The first line."""
        return _lines([[*self._fields, *([_CURSOR] if self._with_cursor else [])]])

    def lines(self, records: Sequence[RawRecord], cursor: str | None = None) -> bytes:
        """A line for each record; the last one bears ``cursor``."""
        rows = [self._row(record) for record in records]
        if self._with_cursor:
            for row in rows:
                row.append("")
            if rows:
                rows[-1][-1] = cursor or ""
        return _lines(rows)

    def _row(self, record: RawRecord) -> list[str]:
        metadata = msgspec.json.decode(record.metadata) if self._keys else {}
        return [self._cell(record, name, metadata) for name in self._fields]

    def _cell(self, record: RawRecord, name: str, metadata: Any) -> str:
        if name == "id":
            return _harmless(record.id)
        if name == "metadata":
            return bytes(record.metadata).decode()
        if name.startswith("metadata."):
            return _text(_leaf(metadata, name.removeprefix("metadata.")))
        return _text(msgspec.json.decode(getattr(record, name)))


def _leaf(metadata: Any, path: str) -> Any:
    """What lies at a dotted path; a key with the dots in it is meant first."""
    if not isinstance(metadata, dict):
        return None
    if path in metadata:
        return metadata[path]
    first, dot, rest = path.partition(".")
    while dot:
        if first in metadata and (found := _leaf(metadata[first], rest)) is not None:
            return found
        more, dot, rest = rest.partition(".")
        first = f"{first}.{more}"
    return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _harmless(value)
    # A number is none that a spreadsheet would carry out, also with a minus before it.
    return json.dumps(value, ensure_ascii=False)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()
