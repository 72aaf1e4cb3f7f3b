"""How far each file was imported, kept so that a killed import goes on where it stopped.

One small JSON file a log file and API, in the data folder; written to the disk, then renamed, after
each batch that the API has acknowledged. What was sent but not yet noted is sent again: its ids are
the same, so it is stored once.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from app.cli.importing.identity import Probe, fingerprint, is_same
from app.cli.importing.sources import WINDOW, Source

_VERSION = 1


@dataclasses.dataclass
class Progress:
    """What is known of the import of one file.

    Attributes:
        label: tells the file from others in the ids of its records.
        url: the API it was imported to.
        source: the label that the user gave, if any.
        path: where the file was last seen.
        offset: bytes of its text that were imported.
        lines: lines up to there.
        probes: fingerprints of the text, the last one at ``offset``.
        context: what the lines before mean for those that follow.
        last_instant: of the record before.
        latest: the time that the guess of a year was based on.
        file: the name of the file that keeps this.
        file_id: device and number of the log file.
    """

    label: str
    url: str
    source: str | None
    path: str
    offset: int = 0
    lines: int = 0
    probes: list[Probe] = dataclasses.field(default_factory=list)
    context: dict[str, Any] = dataclasses.field(default_factory=dict)
    last_instant: int | None = None
    latest: int | None = None
    file: str = ""
    file_id: list[int] = dataclasses.field(default_factory=list)


def _is_sure(source: Source, progress: Progress) -> bool:
    """Whether fingerprints that match leave no doubt.

    Many files may start with the same few lines; the one that was imported up to there is the file of
    the same number, or one that has no more than those.
    """
    return (
        progress.offset >= WINDOW or list(source.file_id) == progress.file_id or not source.peek(1)
    )


class ProgressStore:
    """The progress of all imports, in a folder.

    Args:
        folder: created when something is to be kept.
        url: the API that is imported to.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._url = url

    def find(self, source: Source, label: str | None) -> Progress | None:
        """The progress of the file that ``source`` is, or None.

        The source stands where that import ended, or at the start.
        """
        for progress in self._all():
            if progress.url == self._url and progress.source == label:
                with contextlib.suppress(OSError):
                    if is_same(source, progress.probes) and _is_sure(source, progress):
                        return progress
        source.rewind()
        return None

    def begin(self, source: Source, label: str | None) -> Progress:
        """The progress of a file that was never imported, with a label that no other has."""
        head = fingerprint(source.peek(WINDOW))
        taken = {progress.file for progress in self._all()}
        own, number = head, 1
        while self._file(own, label) in taken:
            number += 1
            own = f"{head}-{number}"
        return Progress(
            label or own,
            self._url,
            label,
            source.path,
            file=self._file(own, label),
            file_id=list(source.file_id),
        )

    def of_path(self, path: Path) -> list[Progress]:
        """The progress of every file that was imported while it was at ``path``."""
        return [
            progress
            for progress in self._all()
            if progress.path == str(path.absolute()) and progress.url == self._url
        ]

    def save(self, progress: Progress) -> None:
        """Keep ``progress``, on the disk when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / progress.file
        draft = target.with_suffix(f".{os.getpid()}.new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"version": _VERSION, **dataclasses.asdict(progress)}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _file(self, own: str, label: str | None) -> str:
        digest = hashlib.blake2b(f"{self._url}\0{own}\0{label}".encode(), digest_size=16)
        return f"{digest.hexdigest()}.json"

    def _all(self) -> list[Progress]:
        found = []
        for path in sorted(self.folder.glob("*.json")):
            # What another version wrote, or a disk has damaged, is as good as never imported.
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                values = json.loads(path.read_text("utf-8"))
                if values.pop("version") == _VERSION:
                    progress = Progress(**values)
                    progress.probes = [(int(at), str(digest)) for at, digest in progress.probes]
                    progress.file = path.name
                    found.append(progress)
        return found
