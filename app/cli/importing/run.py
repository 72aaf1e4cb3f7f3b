"""The import of one file: its bytes become batches, and what is acknowledged is noted."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

import orjson

from app.cli.importing.delivery import Batch, Delivery, Result
from app.cli.importing.identity import Fingerprints
from app.cli.importing.rejects import Rejects
from app.cli.importing.report import Report
from app.cli.importing.resume import Progress, ProgressStore
from app.protocols.lines.assemble import Assembled, Assembler
from app.protocols.lines.calendars import Calendar
from app.protocols.lines.context import Context, date_order
from app.protocols.lines.detect import Detection, detect
from app.protocols.lines.records import Origin, to_records
from app.protocols.lines.service_names import service_of
from app.protocols.lines.splitting import Line, LineSplitter
from app.protocols.lines.texts import text_of

#: Bytes of a file's start that its format is found in.
SAMPLE_BYTES = 262_144
#: Largest body of a request, in bytes, as long as no single record is larger.
_MAX_BODY = 8 * 1_048_576


@dataclass(frozen=True)
class Reading:
    """How the lines of a file are to be read.

    Attributes:
        service: of every record; None: what the line says, else what the file's name suggests.
        format: the name of the format; None: found from the start of the file.
        zone: of stamps without one.
        year: of the first stamp without one; None: guessed.
        batch_size: records of a request.
    """

    service: str | None = None
    format: str | None = None
    zone: tzinfo = UTC
    year: int | None = None
    batch_size: int = 2_000


@dataclass
class Interpretation:
    """How one file is read, found from its start and the user's wishes."""

    detection: Detection
    context: Context
    origin: Origin


def interpret(
    sample: bytes, name: str, label: str, latest: int, reading: Reading
) -> Interpretation:
    """What the first bytes of a file say about the rest."""
    lines = [text_of(raw) for raw in sample.split(b"\n")]
    # A line of which the end is missing says little.
    lines = lines[:-1] if len(lines) > 1 else lines
    service = reading.service or service_of("stdin" if name == "standard input" else name)
    calendar = Calendar(reading.zone, latest=latest, year=reading.year, order=date_order(lines))
    return Interpretation(
        detect(lines, reading.format),
        Context(calendar),
        Origin(label, service, reading.service is not None),
    )


@dataclass(frozen=True, slots=True)
class Destination:
    """Where records go, and where it is noted.

    Attributes:
        store: None for what cannot be resumed.
    """

    delivery: Delivery
    store: ProgressStore | None
    rejects: Rejects
    batch_size: int


@dataclass(slots=True)
class _Place:
    """A place between two records of the text, and what was known there."""

    offset: int
    lines: int
    instant: int


class FileImport:
    """Takes the text of one file piece by piece and hands it on as batches.

    Args:
        progress: where to start.
        window: the bytes of the text before that place.
    """

    def __init__(
        self,
        found: Interpretation,
        progress: Progress,
        window: bytes,
        report: Report,
        destination: Destination,
    ) -> None:
        self._origin, self._context = found.origin, found.context
        self.progress = progress
        if progress.offset and progress.context:
            self._context.restore(progress.context)
        before = progress.last_instant
        self._assembler = Assembler(
            found.detection,
            self._context,
            self._context.calendar.latest if before is None else before,
        )
        self._assembler.lines = progress.lines
        self._splitter = LineSplitter(progress.offset)
        self._fingerprints = Fingerprints(progress.probes, progress.offset, window)
        self._report = report
        self._destination = destination
        self._records: list[bytes] = []
        self._lines: list[int] = []
        self._size = 0
        self._limit: _Place | None = None
        self._first_line = progress.lines
        self._started = time.monotonic()

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the text."""
        self._fingerprints.feed(piece)
        self._report.bytes += len(piece)
        for line in self._splitter.feed(piece):
            self._take(line)
        self._measure()

    def flush(self) -> None:
        """Send all lines that have an end: nothing more is expected soon."""
        for assembled in self._assembler.finish():
            self._add(assembled)
        self._send(self._end())
        self._measure()

    def finish(self) -> None:
        """Send everything: the text has ended.

        A last line without an end is sent too, but not noted as imported: it may have been caught
        while it was written. As long as it stays the same, it is a duplicate the next time.
        """
        for line in self._splitter.finish():
            self._take(line)
            if record := self._assembler.open_record:
                self._limit = _before(record)
        self.flush()

    def _take(self, line: Line) -> None:
        for assembled in self._assembler.feed(line.raw, line.start, line.end, is_rest=line.is_rest):
            self._add(assembled)

    def _add(self, assembled: Assembled) -> None:
        self._report.formats[assembled.format] += 1
        self._report.unrecognised += not assembled.is_recognised
        for record in to_records(assembled, self._origin):
            encoded = orjson.dumps(record)
            if self._records and self._size + len(encoded) > _MAX_BODY:
                self._send(_before(assembled))
            self._records.append(encoded)
            self._lines.append(assembled.line)
            self._size += len(encoded) + 1
            self._report.records += 1
        if len(self._records) >= self._destination.batch_size:
            self._send(_behind(assembled))

    def _end(self) -> _Place:
        return _Place(self._splitter.offset, self._assembler.lines, self._assembler.last_instant)

    def _send(self, place: _Place) -> None:
        if self._limit is not None and place.offset > self._limit.offset:
            place = self._limit
        if not self._records and place.offset <= self.progress.offset:
            return
        self.progress = replace(
            self.progress,
            offset=place.offset,
            lines=place.lines,
            probes=self._fingerprints.at(place.offset),
            context=self._context.state(),
            last_instant=place.instant,
        )
        records, lines, progress = self._records, self._lines, self.progress

        def note(results: Sequence[Result]) -> None:
            self._note(results, records, lines, progress)

        self._records, self._lines, self._size = [], [], 0
        self._destination.delivery.put(Batch(records, note))

    def _note(
        self,
        results: Sequence[Result],
        records: list[bytes],
        lines: list[int],
        progress: Progress,
    ) -> None:
        """Count what the API said, keep what it refused, then note how far the import is."""
        self._measure()
        refused: list[tuple[int, Result, bytes]] = []
        for result, record, line in zip(results, records, lines, strict=True):
            self._report.outcomes[result["status"]] += 1
            if result["status"] == "rejected":
                reason = str(result.get("reason") or "no reason given")
                field = result.get("field")
                self._report.reject(line, f"{field}: {reason}" if field else reason)
                refused.append((line, result, record))
            elif result["status"] == "dropped":
                self._report.dropped_by[str(result.get("rule"))] += 1
        if refused:
            self._destination.rejects.keep(refused)
            self._report.rejected_file = self._destination.rejects.path
        # At the start, nothing yet tells this file from any other.
        if self._destination.store is not None and progress.offset > 0:
            self._destination.store.save(progress)

    def _measure(self) -> None:
        self._report.lines = self._assembler.lines - self._first_line
        self._report.seconds = time.monotonic() - self._started


def _before(record: Assembled) -> _Place:
    return _Place(record.start, record.line - 1, record.parsed.instant or 0)


def _behind(record: Assembled) -> _Place:
    return _Place(record.end, record.line + record.raw.count(b"\n"), record.parsed.instant or 0)
