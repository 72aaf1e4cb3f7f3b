"""NDJSON bodies in one go."""

from typing import Any

from app.protocols.json_records import decode_line, lines


def decode_lines(body: bytes, most: int) -> list[Any]:
    """The value of each line, or ``Malformed``."""
    return [decode_line(line) for line in lines(body, most)]
