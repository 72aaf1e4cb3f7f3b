"""Opening a log file for import: which file it is, how it reads, where to go on."""

from dataclasses import dataclass, replace
from pathlib import Path

from app.cli.importing.days import first_day
from app.cli.importing.delivery import Delivery
from app.cli.importing.identity import is_same
from app.cli.importing.rejects import Rejects
from app.cli.importing.report import Report
from app.cli.importing.resume import Progress, ProgressStore
from app.cli.importing.run import (
    SAMPLE_BYTES,
    Destination,
    FileImport,
    Interpretation,
    Reading,
    interpret,
)
from app.cli.importing.sources import WINDOW, Source
from app.domain.ports import Clock


@dataclass(frozen=True)
class Importer:
    """What the imports of one command share.

    Attributes:
        label: of every file, as the user gave it.
        resumes: go on where an earlier run ended.
    """

    reading: Reading
    delivery: Delivery
    store: ProgressStore
    clock: Clock
    label: str | None = None
    resumes: bool = True

    def open(
        self,
        source: Source,
        report: Report,
        *,
        known: Progress | None = None,
        is_new: bool = False,
    ) -> FileImport:
        """An import of ``source``, which stands where it begins afterwards.

        Args:
            known: how far the text was imported; None: the store is asked.
            is_new: the text is known not to be that of an earlier import.
        """
        sample = sample_of(source)
        found = None
        if known is not None and is_same(source, known.probes):
            found = known
        elif not source.is_standard_input and not is_new:
            found = self.store.find(source, self.label)
        progress = found or self.store.begin(source, self.label)
        if found is not None:
            progress = replace(progress, path=source.path, file_id=list(source.file_id))
            if not self.resumes:
                progress = replace(
                    progress, offset=0, lines=0, probes=[], context={}, last_instant=None
                )
                source.rewind()
        if progress.latest is None:
            latest = self.clock() if source.is_standard_input else source.modified
            progress = replace(progress, latest=latest)
        reading = interpretation(sample, source, progress, self.reading)
        if progress.offset == 0 and not source.is_standard_input:
            reading.context.calendar.day = first_day(reading, sample, source)
        report.format, report.share = reading.detection.name, reading.detection.share
        report.service = reading.origin.service
        report.label = progress.label
        report.resumed_at = progress.offset
        rejects = Rejects(self.store.folder, progress.label, source.name)
        store = None if source.is_standard_input else self.store
        destination = Destination(self.delivery, store, rejects, self.reading.batch_size)
        return FileImport(reading, progress, source.window, report, destination)

    def rest_of(self, path: Path, progress: Progress) -> Source | None:
        """The file at ``path`` if its text is that of ``progress``, or goes on with it."""
        source = Source(path)
        if is_same(source, progress.probes):
            source.rewind()
            return source
        source.close()
        return None


def sample_of(source: Source) -> bytes:
    """The start of the text; of a pipe, what stands in it, but a kilobyte at least."""
    if source.is_standard_input:
        source.peek(WINDOW)
        return source.peek_available()
    return source.peek(SAMPLE_BYTES)


def interpretation(
    sample: bytes, source: Source, progress: Progress, reading: Reading
) -> Interpretation:
    """How the file is to be read."""
    return interpret(sample, source.name, progress.label, progress.latest or 0, reading)
