"""Content encodings of request bodies (RFC 9110, 8.4), with a limit on what comes out."""

import zlib
from io import BytesIO

import zstandard

SUPPORTED = ("gzip", "deflate", "zstd", "identity")


class EncodingError(ValueError):
    """The encoding is not supported, or the bytes are not what it says."""


class TooLargeError(ValueError):
    """More comes out than is allowed."""


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """``body`` decoded, at most ``limit`` bytes; a bomb is stopped there, not unpacked first.

    Raises:
        EncodingError: see there.
        TooLargeError: see there.
    """
    match encoding.strip().lower():
        case "" | "identity":
            plain = body
        case "gzip" | "x-gzip":
            plain = _inflate(body, 16 + zlib.MAX_WBITS, limit)
        case "deflate":
            # The standard means the zlib format; some clients send the bare stream.
            bare = len(body) < 2 or body[0] & 0x0F != 8 or int.from_bytes(body[:2], "big") % 31
            plain = _inflate(body, -zlib.MAX_WBITS if bare else zlib.MAX_WBITS, limit)
        case "zstd":
            plain = _unzstd(body, limit)
        case other:
            raise EncodingError(f"{other!r} is not known; allowed are {', '.join(SUPPORTED)}")
    if len(plain) > limit:
        raise TooLargeError(f"the body has more than {limit} bytes after decompression")
    return plain


def _inflate(body: bytes, window_bits: int, limit: int) -> bytes:
    plain = b""
    rest = body
    # A gzip body may be several members, one after the other (RFC 1952, 2.2).
    while rest:
        stream = zlib.decompressobj(window_bits)
        try:
            plain += stream.decompress(rest, limit + 1 - len(plain))
        except zlib.error as error:
            raise EncodingError(f"the body is damaged: {error}") from None
        if len(plain) > limit:
            break
        if not stream.eof:
            raise EncodingError("the body ends in the middle of its compressed data")
        rest = stream.unused_data
    return plain


def _unzstd(body: bytes, limit: int) -> bytes:
    try:
        decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
        with decompressor.stream_reader(BytesIO(body), read_across_frames=True) as reader:
            return reader.read(limit + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise EncodingError(f"the body is damaged: {error}") from None
