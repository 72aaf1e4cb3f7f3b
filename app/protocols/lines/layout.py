"""Layouts: formats that one regular expression describes.

The names of its groups say where the parts go: ``level``, ``message``, ``service``, ``source_ip``,
``correlation_id``, ``trace_id`` and ``span_id`` are fields of the record, all others metadata.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Protocol

from app.protocols.lines.context import Context
from app.protocols.lines.level_words import ANY_CASE, CAPITALS, is_plain_spelling, read_level
from app.protocols.lines.parsed import ParsedLine
from app.protocols.lines.stamps import BY_NAME

_NUMBERS = frozenset(
    [
        "pid",
        "tid",
        "line",
        "status",
        "bytes",
        "connection",
        "worker",
        "request_length",
        "duration_ms",
        "port",
        "flag",
    ]
)
_FIELDS = frozenset({"service", "correlation_id", "trace_id", "span_id"})
_TIME_GROUPS = frozenset({"base", "frac", "ms", "zone"})

#: Parts of layouts. Each is bounded or possessive, so that no line takes more than linear time.
_PARTS = {
    "level": rf"(?P<level>{CAPITALS})(?!\w)",
    "Level": rf"(?P<level>{ANY_CASE})(?!\w)",
    "message": r"(?P<message>.*)",
    "logger": r"(?P<logger>[A-Za-z_$][\w.$/@#-]{0,200}+(?:::[\w$]{1,100}+)*+(?:\[[^\]\s]{0,80}+\])?)",
    "thread": r"\[(?P<thread>(?:[^\[\]]|\[[^\[\]]*+\]){0,200}+)\]",
}

#: What a layout may still do with what its expression found; None says that the line is not its.
Finish = Callable[[ParsedLine, Context], ParsedLine | None]


class Format(Protocol):
    """A way to write a line of a log.

    Attributes:
        name: what ``--format`` calls it.
    """

    @property
    def name(self) -> str: ...

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        ...


def compiled(template: str) -> re.Pattern[str]:
    """The expression that ``template`` spells, with ``%part%`` and ``%shape%`` filled in."""
    for part, pattern in _PARTS.items():
        template = template.replace(f"%{part}%", pattern)
    for shape in BY_NAME.values():
        template = template.replace(f"%{shape.name}%", shape.pattern)
    return re.compile(template, re.ASCII)


class Tail:
    """What follows the stamp in a layout that starts with one."""

    def __init__(
        self,
        name: str,
        *templates: str,
        prefix: str = r"[\[(<]?",
        finish: Finish | None = None,
    ) -> None:
        self.name = name
        self._regexes = [(regex, _groups(regex)) for regex in map(compiled, templates)]
        self._prefix = compiled(prefix)
        self._finish = finish

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        stamp = context.stamp(line)
        if stamp is None:
            return None
        before = None
        if stamp.start or self._prefix.groups:
            before = self._prefix.fullmatch(line, 0, stamp.start)
            if before is None:
                return None
        for regex, names in self._regexes:
            match = regex.match(line, stamp.end)
            if match is None:
                continue
            parsed = _parsed(line, names, match.groups(), stamp.instant)
            if before is not None and self._prefix.groups:
                stated = before.groupdict().items()
                parsed.metadata.update({name: value for name, value in stated if value})
            if self._finish is None:
                return parsed
            return self._finish(parsed, context)
        return None


class Layout:
    """A layout of a whole line, with its stamp, if it has one, of one shape."""

    def __init__(
        self, name: str, template: str, shape: str = "", finish: Finish | None = None
    ) -> None:
        self.name = name
        self._regex = compiled(template)
        self._names = _groups(self._regex)
        self._shape = BY_NAME[shape] if shape else None
        self._finish = finish

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        match = self._regex.match(line)
        if match is None:
            return None
        instant = None
        if self._shape is not None:
            base, frac, ms, zone = match.group("base", "frac", "ms", "zone")
            try:
                instant = context.calendar.instant(
                    self._shape, base, frac or (ms and ms.zfill(3)), zone
                )
            except ValueError:
                return None
        parsed = _parsed(line, self._names, match.groups(), instant)
        return parsed if self._finish is None else self._finish(parsed, context)


def address(text: str) -> str | None:
    """``text`` if it is an IP address that a record can carry."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return None if getattr(found, "scope_id", None) else text


def set_level(parsed: ParsedLine, word: str) -> None:
    """Give ``parsed`` the level that ``word`` states, and the word itself where it says more."""
    parsed.level = read_level(word)
    if not is_plain_spelling(word):
        parsed.metadata["severity_text"] = word.strip()


def _groups(regex: re.Pattern[str]) -> list[str]:
    """The name of each group, in order; a group that says nothing for a record is empty."""
    names = [""] * regex.groups
    for name, number in regex.groupindex.items():
        names[number - 1] = "" if name in _TIME_GROUPS else name
    return names


def _parsed(
    line: str, names: list[str], values: tuple[str | None, ...], instant: int | None
) -> ParsedLine:
    metadata: dict[str, object] = {}
    parsed = ParsedLine("", instant, metadata=metadata)
    for name, value in zip(names, values, strict=True):
        if not name or not value:
            continue
        if name == "message":
            parsed.message = value.strip()
        elif name == "level":
            set_level(parsed, value)
        elif name in _NUMBERS and value.isdigit() and len(value) < 16:
            metadata[name] = int(value)
        elif name in _FIELDS:
            setattr(parsed, name, value[:256])
        elif name == "source_ip" and address(value):
            parsed.source_ip = value
        elif value := value.strip():
            metadata[name] = value
    if not parsed.message:
        parsed.message = line.strip()
    return parsed
