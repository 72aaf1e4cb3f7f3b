"""The route that streams any number of records."""

import zlib
from collections.abc import Iterator
from threading import BoundedSemaphore

from flask import Blueprint, Response, request

from app.domain.errors import OverloadedError
from app.domain.ports import Clock
from app.domain.reading import RawPage
from app.http.parameters import query_parameters
from app.http.read_side import ReadSide
from app.http.reading import cancellation
from app.protocols.csv_export import CsvLines
from app.protocols.export import ExportRequest, ndjson, parse_export
from app.protocols.pages import cursor_of
from app.services.exporting import begin_export, export_pages
from app.services.log_feeding import LogFeedingService

#: Most bytes that are handed to the server at a time: a page as a rule, as each piece wakes three
#: threads one after the other.
_PIECE = 4_194_304
_GZIP_LEVEL = 1
_KINDS = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8; header=present"}


def export_routes(
    service: LogFeedingService, read_side: ReadSide, clock: Clock, most_exports: int
) -> Blueprint:
    """Exports, under both addresses.

    Args:
        most_exports: at a time; each holds a thread for as long as its client reads.
    """
    routes = Blueprint("export", __name__)
    free = BoundedSemaphore(most_exports)

    @routes.get("/logs/export")
    @routes.get("/api/v1/logs/export")
    def export() -> Response:
        parameters = query_parameters()
        cursor = cursor_of(parameters.get("cursor"))
        now = cursor.now if cursor else clock()
        others, saved = read_side.take_saved(parameters, now)
        asked = parse_export(others, cursor, now, saved)
        if not free.acquire(blocking=False):
            raise OverloadedError(f"{most_exports} exports are running already; try again later")
        try:
            return _answer(service, asked, free)
        except BaseException:
            free.release()
            raise

    return routes


def _answer(service: LogFeedingService, asked: ExportRequest, free: BoundedSemaphore) -> Response:
    stretch = begin_export(service.records, asked.stretch())
    pages = export_pages(service.records, stretch, cancellation())
    # The first part before the answer begins: what goes wrong with it has a status of its own.
    first = next(pages)
    pieces = _bodies(asked, first, pages, stretch.last_sequence)
    headers = {
        "Content-Disposition": f'attachment; filename="logs.{asked.format}"',
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
    }
    if first.total is not None:
        headers["Logfeed-Total"] = f"{first.total}{'' if first.is_total_exact else '+'}"
    if request.accept_encodings["gzip"]:
        headers["Content-Encoding"] = "gzip"
        pieces = _gzipped(pieces)
    answer = Response(_in_pieces(pieces), headers=headers, content_type=_KINDS[asked.format])
    answer.call_on_close(free.release)
    return answer


def _bodies(
    asked: ExportRequest, first: RawPage, others: Iterator[RawPage], last_sequence: int | None
) -> Iterator[bytes]:
    """What each page is written as."""
    csv = CsvLines(asked.fields, with_cursor=asked.with_cursor) if asked.format == "csv" else None
    if csv and asked.cursor is None:
        yield csv.header()
    page: RawPage | None = first
    while page is not None:
        wants_cursor = asked.with_cursor and page.records
        cursor = asked.cursor_behind(page, last_sequence) if wants_cursor else None
        yield csv.lines(page.records, cursor) if csv else ndjson(page, cursor)
        page = next(others, None)


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        yield packer.compress(piece)
        # What has come can be unpacked, even if nothing follows.
        yield packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def _in_pieces(bodies: Iterator[bytes]) -> Iterator[bytes]:
    for body in bodies:
        for at in range(0, len(body), _PIECE):
            yield body[at : at + _PIECE]
