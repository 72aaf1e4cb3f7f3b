"""What the other processes of the tests do: write until they are killed, and note what was accepted.

    python -m tests.stores.write_ahead_log.writers FOLDER NOTES
    python -m tests.stores.write_ahead_log.writers --own PARENT NOTES
    python -m tests.stores.write_ahead_log.writers --small FOLDER NOTES

NOTES gets a line for each payload before it is appended, once it is accepted, and before it is
finished; a line that was written survives the kill of its writer. Each line goes to stdout too.
"""

import os
import resource
import sys
import threading
from pathlib import Path

from app.stores.write_ahead_log.log import LogLimits, LogUnavailableError, WriteAheadLog, open_own

LIMITS = LogLimits(segment_bytes=4_000, most_bytes=10_000_000, free_bytes=0)
#: No file of the process may become larger.
SMALL_FILE_BYTES = 10_000


class Notes:
    """A file of lines, each written whole."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())
        os.write(1, f"{line}\n".encode())


def write_on(log: WriteAheadLog, notes: Notes, name: str) -> None:
    """Append for ever, and finish two of three."""
    number = 0
    while True:
        payload = f"{os.getpid()}-{name}-{number}-{'x' * (number * 37 % 200)}"
        notes.write(f"tried {payload}")
        lsn = log.append(payload.encode())
        notes.write(f"accepted {lsn} {payload}")
        if number % 3:
            notes.write(f"finishing {lsn}")
            log.finish([lsn])
        number += 1


def write_small_files(folder: Path, notes: Notes) -> None:
    """Append a hundred payloads under a limit that a segment reaches."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE_BYTES, SMALL_FILE_BYTES))
    log = WriteAheadLog(folder, LogLimits(10**6, 10**7, 0), allow_volatile=True)
    for number in range(100):
        try:
            notes.write(f"accepted {log.append(b'%d'.ljust(1_000) % number)} {number}")
        except LogUnavailableError:
            notes.write(f"refused {number}")
    log.close()


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    *options, place, path = arguments
    notes = Notes(Path(path))
    if options == ["--small"]:
        write_small_files(Path(place), notes)
        return
    if options == ["--own"]:
        log = open_own(Path(place), LIMITS, allow_volatile=True)
    else:
        log = WriteAheadLog(Path(place), LIMITS, allow_volatile=True)
    for name in "abcd":
        threading.Thread(target=write_on, args=(log, notes, name)).start()


if __name__ == "__main__":
    main(sys.argv[1:])
