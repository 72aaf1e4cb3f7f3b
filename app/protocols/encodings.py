"""Content encodings of request bodies (RFC 9110, 8.4), with a limit on what comes out."""

import zlib
from io import BytesIO

import zstandard

SUPPORTED = ("gzip", "deflate", "zstd", "identity")

_MAX_MEMBERS = 4_096
_PIECE = 65_536
_MOST_AT_ONCE = 1_048_576
_LONGEST_FRAME_HEADER = 18
_SKIPPABLE = b"\x2a\x4d\x18"


class EncodingError(ValueError):
    """The encoding is not supported, or the bytes are not what it says."""


class TooLargeError(ValueError):
    """More comes out than is allowed."""


def too_many_bytes(limit: int) -> str:
    """What is said of a body of more than ``limit`` bytes, wherever that is noticed."""
    return f"the body has more than {limit} bytes (LOGFEED_MAX_BODY_BYTES); send smaller batches"


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
        raise TooLargeError(too_many_bytes(limit))
    return plain


def _inflate(body: bytes, window_bits: int, limit: int) -> bytes:
    plain = bytearray()
    view = memoryview(body)
    at = 0
    # A gzip body may be several members, one after the other (RFC 1952, 2.2). It is read in pieces, for
    # zlib copies what is left of a piece when a member ends in it.
    for _ in range(_MAX_MEMBERS):
        stream = zlib.decompressobj(window_bits)
        while not stream.eof:
            piece = view[at : at + _PIECE]
            if not piece:
                raise EncodingError("the body ends in the middle of its compressed data")
            try:
                plain += stream.decompress(piece, _MOST_AT_ONCE)
            except zlib.error as error:
                raise EncodingError(f"the body is damaged: {error}") from None
            if len(plain) > limit:
                raise TooLargeError(too_many_bytes(limit))
            at += len(piece) - len(stream.unused_data) - len(stream.unconsumed_tail)
        if at == len(body):
            return bytes(plain)
    raise EncodingError(f"the body has more than {_MAX_MEMBERS} compressed parts")


def _unzstd(body: bytes, limit: int) -> bytes:
    try:
        decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
        with decompressor.stream_reader(BytesIO(body), read_across_frames=True) as reader:
            plain = reader.read(limit + 1)
        if len(plain) <= limit and not _ends_with_its_frame(body):
            raise EncodingError("the body ends in the middle of its compressed data")
    except (zstandard.ZstdError, MemoryError) as error:
        raise EncodingError(f"the body is damaged: {error}") from None
    return plain


def _ends_with_its_frame(body: bytes) -> bool:
    """Whether ``body`` is whole frames (RFC 8878, 3.1); the reader takes a torn one without a word."""
    at = 0
    while at < len(body):
        start = body[at : at + _LONGEST_FRAME_HEADER]
        if start[1:4] == _SKIPPABLE and start[0] & 0xF0 == 0x50:
            at += 8 + int.from_bytes(start[4:8], "little")
            continue
        at += zstandard.frame_header_size(start)
        is_last = False
        while not is_last:
            block = int.from_bytes(body[at : at + 3], "little")
            is_last, is_repeated_byte = bool(block & 1), block >> 1 & 3 == 1
            at += 3 + (1 if is_repeated_byte else block >> 3)
            if at > len(body):
                return False
        at += 4 if zstandard.get_frame_parameters(start).has_checksum else 0
    return at == len(body)
