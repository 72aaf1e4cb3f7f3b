"""The day on which a file begins whose times have no date.

The last line was written when the file was; counting back from it, each hour that jumps back is a
midnight. So the whole file is read once before it is imported.
"""

from app.cli.importing.run import Interpretation
from app.cli.importing.sources import Source
from app.domain.instants import NANOS_PER_SECOND
from app.protocols.lines.calendars import Calendar
from app.protocols.lines.context import Context
from app.protocols.lines.splitting import LineSplitter
from app.protocols.lines.texts import text_of

_HOUR = 3_600 * NANOS_PER_SECOND
_DAY = 24 * _HOUR
#: Lines within which a stamp must be found.
_FEW = 50


def first_day(found: Interpretation, sample: bytes, source: Source) -> int | None:
    """The ordinal of the day of the first line; None where the lines state their dates.

    The source stands at its start afterwards.
    """
    if not found.detection.formats:
        return None
    given = found.context.calendar
    calendar = Calendar(given.zone, latest=given.latest, order=given.order, year=2024)
    context = Context(calendar)
    first = found.detection.formats[0]
    for raw in sample.split(b"\n")[:_FEW]:
        first.parse(text_of(raw), context)
    if calendar.day is None:
        return None
    calendar = Calendar(given.zone, latest=given.latest, order=given.order, year=2024)
    context, splitter = Context(calendar), LineSplitter()
    begun: int | None = None
    source.rewind()
    while piece := source.read():
        for line in splitter.feed(piece):
            first.parse(text_of(line.raw), context)
            begun = calendar.day if begun is None else begun
    source.rewind()
    if begun is None or calendar.last is None:
        return begun
    surplus = calendar.last - given.latest - _HOUR
    return begun - max(0, -(-surplus // _DAY))
