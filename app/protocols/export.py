"""Exports: their parameters, and records as lines of NDJSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.json import Encoder
from msgspec.structs import astuple

from app.domain.errors import InvalidQueryError
from app.domain.filters import EVERYTHING, CompositeFilter, Filter
from app.domain.raw_records import RawRecord
from app.domain.reading import MAX_STRETCH, RawPage, Stretch
from app.protocols.cursors import Cursor, digest_of, to_text
from app.protocols.rest import FILTER_PARAMETERS, check_names, parse_filter

#: The fields of a record, in the order of CSV columns.
FIELDS = RawRecord.__struct_fields__
#: Query parameters of an export, beside the filters.
EXPORT_PARAMETERS = {
    "format": "`ndjson` (default), one JSON record a line, or `csv` (RFC 4180).",
    "order": "`desc`, the newest first (default), or `asc`.",
    "fields": f"Columns of CSV, by commas: {', '.join(FIELDS)}, or metadata.KEY; default: all.",
    "with_cursor": "`true` gives the last record of each part (up to 5,000) a field `cursor`.",
    "cursor": "Goes on behind the record that bore it; all other parameters as they were.",
}
_MOST_FIELDS = 200

_encode_lines = Encoder().encode_lines


class _Marked(RawRecord, frozen=True, kw_only=True, gc=False):
    """A record with the cursor that goes on behind it."""

    cursor: str = ""


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported, and how."""

    format: Literal["ndjson", "csv"]
    filter: Filter
    newest_first: bool
    fields: Sequence[str]
    with_cursor: bool
    now: int
    cursor: Cursor | None

    def stretch(self) -> Stretch:
        """The first part."""
        cursor = self.cursor
        return Stretch(
            self.filter,
            MAX_STRETCH,
            newest_first=self.newest_first,
            after=cursor.after if cursor else None,
            counts=cursor is None,
            last_sequence=cursor.last_sequence if cursor else None,
        )

    def cursor_behind(self, page: RawPage, last_sequence: int | None) -> str:
        """The cursor of the last record of a page that has some."""
        digest = digest_of(self.filter, self.newest_first)
        return to_text(Cursor(self.now, digest, page.positions[-1], last_sequence=last_sequence))


def parse_export(
    parameters: Mapping[str, str], cursor: Cursor | None, now: int, within: Filter = EVERYTHING
) -> ExportRequest:
    """The export that the query parameters spell, of the records that ``within`` asks for.

    Raises:
        InvalidQueryError: a bad value, an unknown name, the cursor of another export.
    """
    check_names(parameters, {**FILTER_PARAMETERS, **EXPORT_PARAMETERS})
    kind = _one_of(parameters, "format", "ndjson", "csv")
    order = _one_of(parameters, "order", "desc", "asc")
    with_cursor = _one_of(parameters, "with_cursor", "false", "true")
    names = parameters.get("fields", "")
    if names and kind != "csv":
        raise InvalidQueryError("fields", "is for format=csv")
    asked, newest_first = CompositeFilter(parse_filter(parameters, now), within), order == "desc"
    if cursor is not None:
        cursor.check(asked, newest_first)
    return ExportRequest(
        "csv" if kind == "csv" else "ndjson",
        asked,
        newest_first,
        parse_fields(names),
        with_cursor == "true",
        now,
        cursor,
    )


def ndjson(page: RawPage, cursor: str | None) -> bytes:
    """The records of a page, one a line; the last one bears ``cursor``, if there is one."""
    records: list[RawRecord] = list(page.records)
    if cursor is not None and records:
        fields = zip(FIELDS, astuple(records[-1]), strict=True)
        records[-1] = _Marked(**dict(fields), cursor=cursor)
    return _encode_lines(records)


def parse_fields(text: str) -> Sequence[str]:
    """The columns that ``text`` names; all fields where it is empty.

    Raises:
        InvalidQueryError: one is none.
    """
    names = [name.strip() for name in text.split(",")] if text else list(FIELDS)
    for name in names:
        if name not in FIELDS and (not name.startswith("metadata.") or name == "metadata."):
            raise InvalidQueryError(
                "fields", f"{name!r} is none; allowed are {', '.join(FIELDS)} and metadata.KEY"
            )
    if len(names) > _MOST_FIELDS:
        raise InvalidQueryError("fields", f"must be at most {_MOST_FIELDS}")
    return names


def _one_of(parameters: Mapping[str, str], name: str, *allowed: str) -> str:
    value = parameters.get(name) or allowed[0]
    if value not in allowed:
        raise InvalidQueryError(name, f"must be {' or '.join(allowed)}")
    return value
