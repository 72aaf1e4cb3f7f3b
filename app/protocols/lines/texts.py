"""The text of the bytes of a line."""

import re

#: Longest line that is read as one, in bytes; what is longer goes on in a record of its own.
MAX_LINE_BYTES = 1_048_576

_COLOURS = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")


def text_of(line: bytes) -> str:
    """``line`` without its end, broken UTF-8 and NULs within as U+FFFD, colours taken off.

    A line of NULs only, as a truncated file may have, is empty.
    """
    text = line.decode("utf-8", "replace")
    if "\0" in text:
        text = text.strip("\0\r\n").replace("\0", "\ufffd")
    if "\x1b" in text:
        text = _COLOURS.sub("", text)
    return text.removeprefix("\ufeff").rstrip()


def cut_text(text: str, max_bytes: int) -> list[str]:
    """``text`` in pieces of at most ``max_bytes`` of UTF-8 (4 at least), cut between characters."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= max_bytes:
        return [text]
    pieces = []
    start = 0
    while start < len(encoded):
        end = cut_bytes(encoded, start, max_bytes)
        pieces.append(encoded[start:end].decode())
        start = end
    return pieces


def cut_bytes(data: bytes | bytearray, start: int, size: int) -> int:
    """Where a piece of at most ``size`` bytes from ``start`` may end within UTF-8."""
    end = start + size
    if end >= len(data):
        return len(data)
    for back in range(4):
        if data[end - back] & 0xC0 != 0x80 and end - back > start:
            return end - back
    return end
