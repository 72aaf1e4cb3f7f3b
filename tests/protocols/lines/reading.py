"""Reading text as the import does, and the tables of samples."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.protocols.lines.assemble import Assembled, Assembler
from app.protocols.lines.calendars import Calendar
from app.protocols.lines.context import Context, date_order
from app.protocols.lines.detect import Detection, detect
from app.protocols.lines.records import Origin, to_records
from app.protocols.lines.splitting import LineSplitter
from app.protocols.lines.texts import text_of
from tests.builders import NOON_NS

SAMPLES = Path(__file__).parent / "samples"
ORIGIN = Origin("label", "the-file")


@dataclass(frozen=True)
class Sample:
    """A line and what is to be read from it.

    Attributes:
        more: the other fields of the record, with its metadata.
    """

    format: str
    line: str
    timestamp: str
    level: str
    service: str
    message: str
    more: dict[str, Any]


def samples() -> Iterator[Sample]:
    """Every sample of the tables.

    A table has the name of a format in brackets, then lines as they stand in logs; below each, indented,
    are the instant, the level and the service, the message, and the rest as JSON.
    """
    for path in sorted(SAMPLES.glob("*.txt")):
        format_name, line, expected = "", "", list[str]()
        for text in [*path.read_text("utf-8").splitlines(), "[end]"]:
            if text.startswith("    "):
                expected.append(text[4:])
                continue
            if expected:
                timestamp, level, service = expected[0].split(" ", 2)
                more = json.loads(expected[2]) if len(expected) > 2 else {}
                yield Sample(format_name, line, timestamp, level, service, expected[1], more)
                expected = []
            if text.startswith("[") and text.endswith("]") and " " not in text:
                format_name = text[1:-1]
            else:
                line = text


def assemble(
    data: bytes,
    *,
    piece: int = 0,
    format: str | None = None,
    calendar: Calendar | None = None,
) -> tuple[Detection, list[Assembled]]:
    """The records of ``data``, fed in pieces of so many bytes (0: at once)."""
    texts = [text_of(line) for line in data.split(b"\n")]
    detection = detect(texts, format)
    calendar = calendar or Calendar(latest=NOON_NS, order=date_order(texts))
    assembler = Assembler(detection, Context(calendar), NOON_NS)
    splitter = LineSplitter()
    found: list[Assembled] = []
    for start in range(0, len(data), piece or len(data) or 1):
        for line in splitter.feed(data[start : start + (piece or len(data))]):
            found += assembler.feed(line.raw, line.start, line.end, is_rest=line.is_rest)
    for line in splitter.finish():
        found += assembler.feed(line.raw, line.start, line.end, is_rest=line.is_rest)
    return detection, [*found, *assembler.finish()]


def read(text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    """The records of the API that ``text`` becomes."""
    data = text.encode() if isinstance(text, str) else text
    _, found = assemble(data, **options)
    return [record for each in found for record in to_records(each, ORIGIN)]
