"""From the lines of a file to its records: which lines belong together, and what they say."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from app.protocols.lines import multiline
from app.protocols.lines.context import Context
from app.protocols.lines.detect import Detection
from app.protocols.lines.formats import PLAIN
from app.protocols.lines.layout import set_level
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.texts import text_of
from app.protocols.lines.w3c import columns_of, is_directive

#: Largest record of several lines, in bytes; what is longer goes on in a record of its own.
MAX_RECORD_BYTES = 262_144
_MOST_BLANK = 4_096


@dataclass(slots=True)
class Assembled:
    """A record and the bytes it was read from.

    Attributes:
        start: offset of its first byte in the decompressed file.
        end: offset behind its last line, the line's end included.
        line: number of its first line, from 1.
        raw: its lines without the end of the last.
        format: what read it; ``plain`` if nothing did.
        is_recognised: False for a line that is unlike the others of its file.
    """

    start: int
    end: int
    line: int
    raw: bytearray
    parsed: ParsedLine
    format: str
    is_recognised: bool = True
    last_text: str = ""
    continuation: list[str] = field(default_factory=list)

    def message(self) -> str:
        """The message with the lines that go on with it."""
        return "\n".join([self.parsed.message, *self.continuation])


class Assembler:
    """Puts the lines of one file together.

    Args:
        last_instant: what a line without a stamp before the first one with a stamp gets.
    """

    def __init__(self, detection: Detection, context: Context, last_instant: int) -> None:
        self._formats = detection.formats
        self._is_plain = detection.name == PLAIN
        self._has_directives = detection.name == "w3c"
        self._context = context
        self.last_instant = last_instant
        self._current: Assembled | None = None
        #: Lines seen.
        self.lines = 0
        #: Blank lines after the current record, which belong to it if it goes on.
        self._blank = bytearray()

    def feed(
        self, raw: bytes, start: int, end: int, *, is_rest: bool = False
    ) -> Iterator[Assembled]:
        """Take the next line; yields what is complete with it.

        Args:
            raw: the line without its end.
            start: offset of the line.
            end: offset behind the line and its end.
            is_rest: it goes on with a line that was too long to be read as one.
        """
        if not is_rest:
            self.lines += 1
        text = text_of(raw)
        current = self._current
        if not text or text.isspace():
            if len(self._blank) < _MOST_BLANK:
                self._blank += raw + b"\n"
            return
        if current is not None:
            if is_rest:
                yield from self._go_on_anew(current, raw, start, end, text)
                return
            if self._absorbs(current, text, raw, end):
                return
        if self._has_directives and is_directive(text):
            self._context.columns = columns_of(text) or self._context.columns
            return
        is_indented = text[0] in " \t"
        goes_on = current is not None and multiline.goes_on(text, current.last_text)
        found = None
        if not goes_on or (is_indented and multiline.may_start_a_record(text)):
            found = self._parse(text.strip())
        if found is None and goes_on and current is not None:
            if len(current.raw) + len(raw) > MAX_RECORD_BYTES:
                yield from self._go_on_anew(current, raw, start, end, text)
                return
            current.continuation.append(text)
            self._extend(current, text, raw, end)
            return
        yield from self.finish()
        if found is not None:
            self._begin(raw, start, end, found[0], found[1])
        else:
            plain = ParsedLine(text.strip(), self.last_instant)
            self._begin(raw, start, end, plain, PLAIN, is_recognised=self._is_plain)

    def finish(self) -> Iterator[Assembled]:
        """The record that was still open, if there is one."""
        current, self._current = self._current, None
        self._blank.clear()
        if current is not None:
            yield current

    @property
    def open_record(self) -> Assembled | None:
        """The record that may still go on."""
        return self._current

    def _parse(self, text: str) -> tuple[ParsedLine, str] | None:
        for candidate in self._formats:
            parsed = candidate.parse(text, self._context)
            if parsed is not None:
                if parsed.instant is None:
                    parsed.instant = self.last_instant
                return parsed, candidate.name
        return None

    def _begin(
        self,
        raw: bytes,
        start: int,
        end: int,
        parsed: ParsedLine,
        format_name: str,
        *,
        is_recognised: bool = True,
    ) -> None:
        if parsed.instant is not None:
            self.last_instant = parsed.instant
        self._current = Assembled(
            start,
            end,
            self.lines,
            bytearray(raw),
            parsed,
            format_name,
            is_recognised,
            parsed.message,
        )

    def _extend(self, current: Assembled, text: str, raw: bytes, end: int) -> None:
        current.raw += b"\n" + self._blank + raw
        current.end = end
        current.last_text = text
        self._blank.clear()

    def _go_on_anew(
        self, current: Assembled, raw: bytes, start: int, end: int, text: str
    ) -> Iterator[Assembled]:
        """Close a record that has grown too large, and go on with it in another one."""
        yield from self.finish()
        self._begin(raw, start, end, _again(current.parsed, text), current.format)

    def _absorbs(self, current: Assembled, text: str, raw: bytes, end: int) -> bool:
        """Whether the line completes the current record rather than starting one."""
        if current.format == "java-util-logging" and not current.continuation:
            second = multiline.level_line(text)
            if second is None or b"\n" in current.raw:
                return False
            set_level(current.parsed, second[0])
            current.parsed.message = second[1] or current.parsed.message
        elif current.parsed.partial and len(current.raw) + len(raw) <= MAX_RECORD_BYTES:
            found = self._parse(text.strip())
            if found is None or found[1] != current.format:
                return False
            if found[0].metadata.get("stream") != current.parsed.metadata.get("stream"):
                return False
            current.parsed.message += found[0].message
            current.parsed.partial = found[0].partial
        else:
            return False
        self._extend(current, text, raw, end)
        return True


def _again(parsed: ParsedLine, text: str) -> ParsedLine:
    """A record that goes on with ``parsed``, which has grown too large."""
    metadata = {**parsed.metadata, "continues": True}
    return replace(parsed, message=text.strip(), metadata=metadata, partial=False, more=None)
