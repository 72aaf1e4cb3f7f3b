"""The log file of a child process, kept within bounds."""

import collections
import contextlib
from pathlib import Path

_LARGEST = 10 * 1024 * 1024


class RollingLog:
    """Appends lines to a file; a full file becomes ``NAME.1`` and the one before it is dropped.

    Not safe for several threads.
    """

    def __init__(self, path: Path, largest: int = _LARGEST) -> None:
        self.path = path
        self._largest = largest
        self._last: collections.deque[str] = collections.deque(maxlen=50)
        # Closed by close(), when the child's output ends.
        self._file = path.open("ab", buffering=0)

    def write(self, line: bytes) -> None:
        """Append one line; a full disk loses it rather than stopping the child."""
        self._last.append(line.decode("utf-8", "replace").rstrip())
        with contextlib.suppress(OSError):
            if self._file.tell() >= self._largest:
                self._roll()
        with contextlib.suppress(OSError):
            self._file.write(line)

    def _roll(self) -> None:
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))
        # The old file stays open until there is a new one: without any, the child would block.
        full, self._file = self._file, self.path.open("ab", buffering=0)
        full.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def last_lines(self, count: int) -> list[str]:
        """The last ``count`` lines that say something, without the frames of stack traces."""
        telling = [
            line
            for line in list(self._last)
            if line and not line[0].isspace() and not line.startswith(("at ", "Traceback"))
        ]
        return telling[-count:]
