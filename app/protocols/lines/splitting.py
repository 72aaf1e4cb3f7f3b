"""Lines out of the pieces in which a file is read, each with its place in the file."""

from typing import NamedTuple

from app.protocols.lines.texts import MAX_LINE_BYTES, cut_bytes


class Line(NamedTuple):
    """A line of a file.

    Attributes:
        raw: its bytes without the line feed.
        start: offset of its first byte.
        end: offset behind the line feed.
        is_rest: it goes on with a line that is too long to be read as one.
    """

    raw: bytes
    start: int
    end: int
    is_rest: bool


class LineSplitter:
    """Splits at line feeds; a line without an end waits for the next piece.

    Args:
        offset: where in the file the first piece starts.
    """

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self._rest = b""
        self._is_rest = False

    @property
    def waiting(self) -> int:
        """Bytes of the line whose end has not been seen."""
        return len(self._rest)

    def feed(self, piece: bytes) -> list[Line]:
        """The lines that end in ``piece``, and what is too long already."""
        *ended, rest = (self._rest + piece).split(b"\n") if b"\n" in piece else [self._rest + piece]
        lines: list[Line] = []
        for raw in ended:
            tail = self._cut(raw, lines)
            end = self.offset + len(tail) + 1
            lines.append(Line(tail, self.offset, end, self._is_rest))
            self.offset = end
            self._is_rest = False
        self._rest = self._cut(rest, lines)
        return lines

    def finish(self) -> list[Line]:
        """The last line, if the file does not end with a line feed."""
        if not self._rest:
            return []
        line = Line(self._rest, self.offset, self.offset + len(self._rest), self._is_rest)
        self.offset = line.end
        self._rest, self._is_rest = b"", False
        return [line]

    def _cut(self, raw: bytes, lines: list[Line]) -> bytes:
        """Move all but the last ``MAX_LINE_BYTES`` of ``raw`` into ``lines``."""
        start = 0
        while len(raw) - start > MAX_LINE_BYTES:
            end = cut_bytes(raw, start, MAX_LINE_BYTES)
            place = self.offset + end - start
            lines.append(Line(raw[start:end], self.offset, place, self._is_rest))
            self.offset = place
            self._is_rest = True
            start = end
        return raw[start:] if start else raw
