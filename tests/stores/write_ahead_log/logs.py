"""Small logs for tests, and what may be asked of every one."""

from pathlib import Path

from app.stores.write_ahead_log.files import REAL_FILES, Files
from app.stores.write_ahead_log.log import LogLimits, LogUnavailableError, WriteAheadLog

#: Segments of a few records, and no floor: the disk of the tests is not the subject.
SMALL = LogLimits(segment_bytes=200, most_bytes=100_000, free_bytes=0)
#: Everything in one segment.
WIDE = LogLimits(segment_bytes=1_000_000, most_bytes=10_000_000, free_bytes=0)

#: The first segment of a log.
FIRST = "segment-00000000000000000001.wal"
#: Bytes before a payload.
RECORD = 20


def open_log(folder: Path, limits: LogLimits = SMALL, files: Files = REAL_FILES) -> WriteAheadLog:
    return WriteAheadLog(folder, limits, files, allow_volatile=True)


def held(log: WriteAheadLog) -> dict[int, bytes]:
    """What a log that was just opened holds."""
    return {lsn: log.read(lsn) for lsn in log.unfinished()}


def segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".wal")


def damaged(folder: Path) -> list[Path]:
    return sorted((folder / "damaged").iterdir()) if (folder / "damaged").exists() else []


def crash(log: WriteAheadLog, files: Files = REAL_FILES) -> None:
    """Let go of the folder without a word to it, as a killed process does."""
    # The lock is all that a dead process gives up; the rest of the log stays as it is.
    log._writer.stop()  # noqa: SLF001
    files.close(log._lock)  # noqa: SLF001


def fill(log: WriteAheadLog, size: int) -> list[int]:
    """Append payloads of ``size`` bytes until the log, or its disk, is full; answers their LSNs."""
    accepted = []
    try:
        while True:
            accepted.append(log.append(b"x" * size))
    except LogUnavailableError:
        return accepted


def payloads(*numbers: int) -> dict[int, bytes]:
    """What the fixture ``four`` has under these numbers."""
    return {number: b"payload %d" % number for number in numbers}
