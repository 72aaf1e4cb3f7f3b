"""JSON, one object a line, in the shapes of the common logging libraries and collectors."""

from collections.abc import Callable
from typing import Any

import orjson

from app.domain.draft import MAX_METADATA_BYTES
from app.domain.metadata import MAX_DEPTH, MAX_PATH_LENGTH
from app.protocols.lines.context import Context
from app.protocols.lines.named_values import read_named_values
from app.protocols.lines.otlp_lines import read_export
from app.protocols.lines.parsed import ParsedLine

#: Reads the text that a container wrote, which may be of any format.
ReadInner = Callable[[str, Context], ParsedLine | None]

#: What the store can hold, with some to spare.
_DEEPEST = MAX_DEPTH - 2
_LONGEST_PATH = MAX_PATH_LENGTH - 24


class JsonLines:
    """One JSON object a line.

    Args:
        read_inner: reads the ``log`` of a line that Docker wrote.
    """

    name = "json"

    def __init__(self, read_inner: ReadInner | None = None) -> None:
        self._read_inner = read_inner

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        text = line.strip()
        if not text.startswith("{"):
            return None
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(value, dict) or not value:
            return None
        if "resourceLogs" in value:
            return read_export(value, context)
        if isinstance(value.get("log"), str) and "stream" in value and "time" in value:
            return self._docker(value, context)
        try:
            parsed = _read(value, context)
        except TypeError:
            # Nested so deep that it cannot be written as JSON again.
            return ParsedLine(text)
        if not parsed.message:
            parsed.message = text
        return parsed

    def _docker(self, value: dict[str, Any], context: Context) -> ParsedLine:
        outer = _read(value, context)
        log: str = value["log"]
        inner = self._read_inner(log.strip(), context) if self._read_inner else None
        parsed = wrap(inner, outer) if inner else outer
        if not parsed.message:
            parsed.message = " "
        parsed.partial = not log.endswith("\n")
        return parsed


def wrap(inner: ParsedLine, outer: ParsedLine) -> ParsedLine:
    """What a program wrote, within what its container's runtime added; the runtime's clock counts."""
    inner.metadata = outer.metadata | inner.metadata
    if outer.instant is not None:
        inner.instant = outer.instant
    return inner


def storable(value: Any, depth: int = 0, path: int = 0) -> Any:
    """``value`` as metadata can hold it: what is nested too deep, or has a bad key, as JSON text.

    Args:
        path: how long the dotted path to ``value`` is.
    """
    if isinstance(value, dict):
        if depth >= _DEEPEST or any(path + len(key) > _LONGEST_PATH for key in value):
            return orjson.dumps(value).decode() if depth else {"json": orjson.dumps(value).decode()}
        return {
            key.replace("\0", "\ufffd") or "_": storable(item, depth + 1, path + len(key) + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        if depth >= _DEEPEST:
            return orjson.dumps(value).decode()
        return [storable(item, depth + 1, path) for item in value]
    return value


def fits(metadata: dict[str, Any]) -> bool:
    """Whether a record can carry ``metadata``."""
    return len(orjson.dumps(metadata)) <= MAX_METADATA_BYTES


def _read(value: dict[str, Any], context: Context) -> ParsedLine:
    attributes = value.get("attr")
    if isinstance(attributes, dict) and isinstance(value.get("t"), dict):
        # MongoDB: the thread is `ctx`, the component `c`.
        value = {
            {"c": "component", "ctx": "thread", "id": "message_id"}.get(key, key): item
            for key, item in value.items()
        }
    payload = value.get("jsonPayload")
    if isinstance(payload, dict):
        value = {**payload, **{key: item for key, item in value.items() if key != "jsonPayload"}}
    parsed = read_named_values(value, context)
    parsed.metadata = storable(parsed.metadata)
    return parsed
