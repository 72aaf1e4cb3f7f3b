"""The files of one command, read one after the other, or followed side by side."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from app.cli.api_client import ApiClient
from app.cli.importing.delivery import Delivery
from app.cli.importing.follow import Follower
from app.cli.importing.opening import Importer
from app.cli.importing.report import Report
from app.cli.importing.run import FileImport
from app.cli.importing.sources import Source, SourceError
from app.domain.errors import LogfeedError

#: Seconds between two looks at followed files, and without input after which a pipe's lines are sent.
_PAUSE = 0.2
_PIPE_IDLE = 1.0


class Session:
    """A delivery for the time of one command, which Ctrl-C or a SIGTERM ends cleanly.

    Attributes:
        was_interrupted: it was ended so.
        was_following: it had no other end.
    """

    def __init__(self, client: ApiClient, patience: float | None) -> None:
        self._console = Console(stderr=True)
        self._client = client
        self.delivery = Delivery(client, patience, self._say)
        self.was_interrupted = False
        self.was_following = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.delivery.close()
        self._client.close()

    def read(self, paths: list[Path | None], importer: Importer) -> list[Report]:
        """Import each file to its end; None is standard input."""
        reports: list[Report] = []
        try:
            with _ends_on_signals():
                for path in paths:
                    report = Report("standard input" if path is None else str(path))
                    reports.append(report)
                    if not self._read_one(path, importer, report):
                        break
        except KeyboardInterrupt:
            self._interrupt()
        return reports

    def follow(self, paths: list[Path | None], importer: Importer) -> list[Report]:
        """Follow files until interrupted; standard input ends by itself."""
        if None in paths:
            return self.read(paths, importer)
        self.was_following = True
        reports = [Report(str(path)) for path in paths]
        try:
            with _ends_on_signals():
                self._follow([path for path in paths if path], reports, importer)
        except KeyboardInterrupt:
            self._interrupt()
        except LogfeedError as error:
            for report in reports:
                report.error = report.error or str(error)
        return reports

    def _follow(self, paths: list[Path], reports: list[Report], importer: Importer) -> None:
        followers: list[Follower] = []
        for path, report in zip(paths, reports, strict=True):
            try:
                followers.append(Follower(path, importer, report))
            except SourceError as error:
                report.error = str(error)
        while followers:
            busy = sum(follower.step() for follower in followers)
            self.delivery.check()
            if not busy:
                self.delivery.stop.wait(_PAUSE)

    def _read_one(self, path: Path | None, importer: Importer, report: Report) -> bool:
        """Import one file; False where no other can be imported either."""
        source = None
        try:
            source = Source(path)
            run = importer.open(source, report)
            with self._progress(source) as progress:
                task = progress.add_task(report.path, total=source.size or None)
                try:
                    for piece in _pieces(source, run):
                        run.feed(piece)
                        progress.update(task, completed=source.bytes_done)
                except SourceError as error:
                    # What was read before the fault is sent all the same.
                    report.error = str(error)
                run.finish()
                self.delivery.drain()
        except SourceError as error:
            report.error = str(error)
        except LogfeedError as error:
            report.error = str(error)
            return False
        finally:
            if source is not None:
                source.close()
        return True

    def _interrupt(self) -> None:
        self.was_interrupted = True
        self.delivery.stop.set()

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _progress(self, source: Source) -> Progress:
        return Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal or source.is_standard_input,
            transient=True,
        )


def _pieces(source: Source, run: FileImport) -> Iterator[bytes]:
    """The text of ``source``; what has been read of a slow pipe is sent meanwhile."""
    while True:
        if not source.wait(_PIPE_IDLE):
            run.flush()
            continue
        piece = source.read()
        if not piece:
            return
        yield piece


@contextmanager
def _ends_on_signals() -> Iterator[None]:
    """Have a SIGTERM end the command as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
