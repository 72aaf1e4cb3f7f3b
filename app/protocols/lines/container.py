"""The format in which Kubernetes' container runtimes (CRI) keep what a container writes."""

import re

from app.protocols.lines.context import Context
from app.protocols.lines.json_lines import ReadInner, wrap
from app.protocols.lines.parsed import ParsedLine

_CRI = re.compile(r" (stdout|stderr) ([FP])(?::\S{1,60})? (.*)$")


class Cri:
    """``2016-10-06T00:17:09.669794202Z stdout F message``; ``P`` marks part of a line.

    Args:
        read_inner: reads what the container wrote, which may be of any format.
    """

    name = "cri"

    def __init__(self, read_inner: ReadInner | None = None) -> None:
        self._read_inner = read_inner

    def parse(self, line: str, context: Context) -> ParsedLine | None:
        """What ``line`` says, or None where it is not of this format."""
        stamp = context.stamp(line)
        if stamp is None or stamp.start:
            return None
        match = _CRI.match(line, stamp.end)
        if match is None:
            return None
        stream, mark, text = match.groups()
        outer = ParsedLine(text.strip() or "-", stamp.instant, metadata={"stream": stream})
        outer.partial = mark == "P"
        if outer.partial or self._read_inner is None:
            outer.message = text or "-"
            return outer
        inner = self._read_inner(text.strip(), context)
        return wrap(inner, outer) if inner else outer
