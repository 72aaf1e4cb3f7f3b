"""From the bytes of a file to UTF-8 text: decompression and UTF-16, by what the file starts with."""

import bz2
import codecs
import gzip
import lzma
import zlib
from typing import IO, Protocol, cast

import zstandard

#: Bytes that must be known before a stream can be decoded.
HEAD = 6

#: What the libraries raise for data that is damaged or cut off.
DAMAGED = (EOFError, OSError, zlib.error, zstandard.ZstdError, lzma.LZMAError)

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Reader(Protocol):
    """Anything that gives its bytes piece by piece; an empty piece is the end."""

    def read(self, size: int = -1, /) -> bytes: ...


class PushedBack:
    """A reader of which some bytes were read already."""

    def __init__(self, head: bytes, reader: Reader) -> None:
        self._head = head
        self._reader = reader

    def read(self, size: int = -1, /) -> bytes:
        """The bytes that were read already, then those of the reader."""
        if self._head:
            end = len(self._head) if size < 0 else size
            piece, self._head = self._head[:end], self._head[end:]
            return piece
        return self._reader.read(size)


def read_head(reader: Reader, size: int) -> bytes:
    """The first ``size`` bytes, or fewer at the end."""
    head = b""
    while len(head) < size and (piece := reader.read(size - len(head))):
        head += piece
    return head


def decode(reader: Reader) -> tuple[Reader, bool]:
    """``reader`` as UTF-8 without compression, and whether that is what it was."""
    head = read_head(reader, HEAD)
    whole = PushedBack(head, reader)
    stream = _decompressed(whole, head)
    is_plain = stream is whole
    if not is_plain:
        head = read_head(stream, HEAD)
        stream = PushedBack(head, stream)
    for mark, encoding in _UTF16.items():
        if head.startswith(mark):
            return _FromUtf16(stream, encoding), False
    return stream, is_plain


def _decompressed(reader: Reader, head: bytes) -> Reader:
    if head.startswith(b"\x1f\x8b"):
        return cast("Reader", gzip.GzipFile(fileobj=reader, mode="rb"))  # type: ignore[call-overload]
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        decompressor = zstandard.ZstdDecompressor()
        file = cast("IO[bytes]", reader)
        return cast("Reader", decompressor.stream_reader(file, read_across_frames=True))
    if head.startswith(b"BZh"):
        return cast("Reader", bz2.BZ2File(reader))  # type: ignore[call-overload]
    if head.startswith(b"\xfd7zXZ\x00"):
        return cast("Reader", lzma.LZMAFile(reader))  # type: ignore[arg-type]
    return reader


class _FromUtf16:
    def __init__(self, reader: Reader, encoding: str) -> None:
        self._reader = reader
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int = -1, /) -> bytes:
        while True:
            piece = self._reader.read(size)
            text = self._decoder.decode(piece, final=not piece)
            if text or not piece:
                return text.encode("utf-8", "replace")
