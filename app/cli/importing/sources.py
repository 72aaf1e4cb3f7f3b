"""A file, or standard input, as text in UTF-8 whose places can be found again."""

import os
import select
import stat
import sys
from pathlib import Path
from typing import IO

from app.cli.importing.decoding import DAMAGED, Reader, decode
from app.domain.errors import LogfeedError

#: Bytes before a place by which the place is known again.
WINDOW = 1_024
_PIECE = 262_144


class SourceError(LogfeedError):
    """A file cannot be read, or not to its end; the text says which and why."""


class Source:
    """The text of a log file.

    Attributes:
        name: how messages call it.
        path: its absolute path; empty for standard input.
        position: offset of the next byte in the text, which is decompressed.
        window: the ``WINDOW`` bytes before it.
        is_plain: the text is the file as it is, so that it can be followed.

    Raises:
        SourceError: there is no such file, or it cannot be read.
    """

    def __init__(self, path: Path | None) -> None:
        self.name = "standard input" if path is None else str(path)
        self.path = "" if path is None else str(path.absolute())
        self.is_standard_input = path is None
        self.position = 0
        self.window = b""
        self._ahead = b""
        self._file: IO[bytes] = sys.stdin.buffer if path is None else _open(path)
        self._descriptor = _descriptor(self._file)
        self._stream, self.is_plain = self._decoded()

    @property
    def size(self) -> int:
        """Bytes of the file as it is; 0 for standard input."""
        return 0 if self.is_standard_input else os.fstat(self._file.fileno()).st_size

    @property
    def bytes_done(self) -> int:
        """How many of ``size`` have been read."""
        return 0 if self.is_standard_input else self._file.tell()

    @property
    def modified(self) -> int:
        """When the file was last written, in nanoseconds since the epoch."""
        return os.fstat(self._file.fileno()).st_mtime_ns

    @property
    def file_id(self) -> tuple[int, int]:
        """Device and number of the file, which stay when it is renamed."""
        if self._descriptor is None:
            return 0, 0
        found = os.fstat(self._descriptor)
        return found.st_dev, found.st_ino

    def read(self) -> bytes:
        """The next piece of the text; empty at the end.

        Raises:
            SourceError: the file is damaged or cut off.
        """
        if self._ahead:
            piece, self._ahead = self._ahead, b""
        else:
            piece = self._read_stream()
        self._pass(piece)
        return piece

    def peek(self, size: int) -> bytes:
        """The next ``size`` bytes, or fewer at the end, without moving on."""
        while len(self._ahead) < size and (piece := self._read_stream()):
            self._ahead += piece
        return self._ahead[:size]

    def peek_available(self) -> bytes:
        """What was read ahead."""
        return self._ahead

    def window_before(self, offset: int) -> bytes | None:
        """Go to ``offset``; the ``WINDOW`` bytes before it, or None where the text ends earlier."""
        if self.is_plain and not self.is_standard_input:
            self._file.seek(offset)
            self._stream, self._ahead = self._file, b""
            self.position, self.window = offset, self.bytes_before(offset)
            return self.window if len(self.window) == min(WINDOW, offset) else None
        if offset < self.position:
            self.rewind()
        while self.position < offset:
            wanted = offset - self.position
            piece = self.peek(min(wanted, _PIECE))
            if not piece:
                return None
            self._ahead = self._ahead[len(piece) :]
            self._pass(piece)
        return self.window

    def bytes_before(self, offset: int) -> bytes:
        """Up to ``WINDOW`` bytes before ``offset`` of a plain file, as it is now."""
        start = max(0, offset - WINDOW)
        return os.pread(self._file.fileno(), offset - start, start)

    def rewind(self) -> None:
        """Go back to the start of a file."""
        self._file.seek(0)
        self._ahead, self.position, self.window = b"", 0, b""
        self._stream, self.is_plain = self._decoded()

    def wait(self, seconds: float) -> bool:
        """Whether the next piece is there, or the end; standard input is waited for."""
        if not self.is_standard_input or self._ahead or self._descriptor is None:
            return True
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if not self.is_standard_input:
            self._file.close()

    def _pass(self, piece: bytes) -> None:
        self.position += len(piece)
        self.window = (self.window + piece[-WINDOW:])[-WINDOW:]

    def _read_stream(self) -> bytes:
        try:
            return self._stream.read(_PIECE)
        except DAMAGED as error:
            raise SourceError(
                f"{self.name}: damaged, or cut off, behind byte {self.position} of its text ({error})"
            ) from None

    def _decoded(self) -> tuple[Reader, bool]:
        # What stands in a pipe is taken as it comes, without waiting for a full piece.
        reader: Reader = self._file
        if self.is_standard_input and self._descriptor is not None:
            reader = _Pipe(self._descriptor)
        try:
            return decode(reader)
        except DAMAGED as error:
            raise SourceError(f"{self.name}: damaged or cut off ({error})") from None


class _Pipe:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int = -1, /) -> bytes:
        return os.read(self._descriptor, _PIECE if size < 0 else size)


def _descriptor(file: IO[bytes]) -> int | None:
    try:
        return file.fileno()
    except OSError:
        # Standard input that is no file at all, as where one program calls another's functions.
        return None


def _open(path: Path) -> IO[bytes]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise SourceError(f"{path}: is no file")
    return file
