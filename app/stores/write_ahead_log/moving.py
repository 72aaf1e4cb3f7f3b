"""What is still needed of old segments is written again at the end, so that they can go.

A segment goes when nothing in it is needed. A few records that wait long, for an index that somebody
has blocked, would keep all of them, until the log is full of what nobody needs. The copy is durable
before the record counts as moved; a crash in between leaves both, and to store a record twice is
harmless. What is copied is at most half of what becomes free by it.
"""

import logging

from app.stores.write_ahead_log.appender import Appender
from app.stores.write_ahead_log.reader import Reader
from app.stores.write_ahead_log.segments import Segments

#: Appends wait meanwhile.
_AT_ONCE_BYTES = 512 * 1024

_logger = logging.getLogger(__name__)


class Mover:
    """Moves records; for the thread that writes."""

    def __init__(self, segments: Segments, appender: Appender, reader: Reader) -> None:
        self._segments = segments
        self._appender = appender
        self._reader = reader

    def move_some(self, room: int) -> bool:
        """Move some of what is needed of the segment of which least is needed.

        Answers whether there was any: not if more than half of each is needed, if that does not fit into
        ``room`` bytes, or if the disk fails.
        """
        lsns = self._segments.sparsest(room, _AT_ONCE_BYTES)
        try:
            found = {lsn: payload for lsn in lsns if (payload := self._read(lsn)) is not None}
            if found:
                self._appender.append(list(found.values()), moved_from=list(found))
        except OSError as error:
            _logger.warning("the log could not be made smaller: %s", error)
            return False
        return bool(lsns)

    def _read(self, lsn: int) -> bytes | None:
        """None if it was finished meanwhile, or is damaged."""
        place = self._segments.find(lsn)
        if place is None:
            return None
        segment, record = place
        payload = self._reader.read(segment, record)[1]
        if payload is None:
            # Whoever needs it will find the same, and say so.
            segment.has_damage = True
        return payload
