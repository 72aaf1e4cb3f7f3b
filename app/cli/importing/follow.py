"""Following files that grow, as ``tail -F`` does, and losing nothing when they are rotated.

By rename: the old file is read until nothing has come for a while, then the new one from its start.
By copy and truncation: what was not read before the truncation is read from the copy, which is known
by its content. What was rotated while no import ran is found in the same way at the start.
"""

import contextlib
import time
from collections.abc import Iterator
from glob import escape
from pathlib import Path

from app.cli.importing.identity import is_same
from app.cli.importing.opening import Importer
from app.cli.importing.report import Report
from app.cli.importing.resume import Progress
from app.cli.importing.run import FileImport
from app.cli.importing.sources import Source, SourceError

#: Seconds without a new line after which what was read is sent.
_IDLE = 0.5
#: Seconds without a new line after which a renamed file has ended: its writer may need a moment to
#: notice.
_RENAMED_IDLE = 2.0


class Follower:
    """Follows the file at one path.

    Raises:
        SourceError: there is no such file, or it is compressed.
    """

    def __init__(self, path: Path, importer: Importer, report: Report) -> None:
        self._path = path
        self._importer = importer
        self._report = report
        self._source = _plain(path)
        self._run: FileImport | None = None
        self._last_data = time.monotonic()
        self._is_flushed = True
        self._is_new = False
        self._catch_up()

    def step(self) -> bool:
        """Read what is there; whether there was something."""
        source = self._source
        position, window = source.position, source.window
        piece = source.read()
        if self._run is not None and self._is_rewritten(position, window):
            self._begin_again()
            return True
        if piece:
            if self._run is None:
                source.rewind()
                self._run = self._importer.open(source, self._report, is_new=self._is_new)
                piece = source.read()
            self._run.feed(piece)
            self._last_data = time.monotonic()
            self._is_flushed = False
            return True
        idle = time.monotonic() - self._last_data
        if idle >= _IDLE and not self._is_flushed and self._run is not None:
            self._run.flush()
            self._is_flushed = True
        if idle >= _RENAMED_IDLE and self._is_replaced():
            self.finish()
            source.close()
            self._source, self._run, self._is_new = _plain(self._path), None, False
            return True
        return False

    def finish(self) -> None:
        """Send what was read."""
        if self._run is not None:
            self._run.finish()

    def _is_rewritten(self, position: int, window: bytes) -> bool:
        """Whether the file is no longer the one that was read up to ``position``."""
        return self._source.bytes_before(position) != window

    def _is_replaced(self) -> bool:
        try:
            found = self._path.stat()
        except OSError:
            # Renamed, and the new one is not there yet.
            return False
        return (found.st_dev, found.st_ino) != self._source.file_id

    def _begin_again(self) -> None:
        """The file was truncated: read the rest of the old text from its copy, then the new text."""
        if self._run is not None:
            self._run.flush()
            self._importer.delivery.drain()
            if not self._read_copy(self._run):
                self._run.finish()
        self._source.rewind()
        self._run, self._is_new = None, True

    def _read_copy(self, run: FileImport) -> bool:
        for path in self._siblings():
            with contextlib.suppress(SourceError):
                source = self._importer.rest_of(path, run.progress)
                if source is not None:
                    self._read_rest(source, run.progress)
                    return True
        return False

    def _catch_up(self) -> None:
        """Read to their end the files that were rotated away from this path meanwhile."""
        open_ones = [
            progress
            for progress in self._importer.store.of_path(self._path)
            if not is_same(self._source, progress.probes)
        ]
        self._source.rewind()
        for path in self._siblings() if open_ones else ():
            for progress in open_ones:
                with contextlib.suppress(SourceError):
                    source = self._importer.rest_of(path, progress)
                    if source is not None:
                        self._read_rest(source, progress)

    def _read_rest(self, source: Source, progress: Progress) -> None:
        try:
            rest = self._importer.open(source, self._report, known=progress)
            while piece := source.read():
                rest.feed(piece)
            rest.finish()
            self._importer.delivery.drain()
        finally:
            source.close()

    def _siblings(self) -> Iterator[Path]:
        """Files beside this one whose names start with its own, the newest first."""
        found = [
            path
            for path in self._path.parent.glob(f"{escape(self._path.stem)}*")
            if path.is_file() and path.name != self._path.name
        ]
        yield from sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _plain(path: Path) -> Source:
    source = Source(path)
    if not source.is_plain:
        source.close()
        raise SourceError(f"{path}: is compressed or UTF-16, and cannot be followed")
    return source
