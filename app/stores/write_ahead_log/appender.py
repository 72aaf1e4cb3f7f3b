"""The segment that is being written: appended to, synced, and given up when the disk fails.

After a failed sync nobody knows what the disk has of the file, and a second sync may succeed without
having written anything: such a file is never appended to again, and what was in the group is refused.
"""

import contextlib
import errno
from collections.abc import Callable, Sequence
from pathlib import Path

from app.stores.write_ahead_log import records
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.limits import LogLimits
from app.stores.write_ahead_log.records import Record, SegmentHeader
from app.stores.write_ahead_log.segments import Segment, Segments
from app.stores.write_ahead_log.writing import write_whole


class Appender:
    """Appends groups of payloads to the newest segment; for one thread.

    Attributes:
        groups: how many syncs have made records durable.
        failed_syncs: syncs of a segment, or of the folder for it, that failed.
    """

    def __init__(self, folder: Path, limits: LogLimits, files: Files, segments: Segments) -> None:
        self._folder = folder
        self._limits = limits
        self._files = files
        self._segments = segments
        self._active: Segment | None = None
        self._descriptor = -1
        self.groups = 0
        self.failed_syncs = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a segment to append to; else the next group begins one."""
        return self._active is not None

    def append(self, payloads: Sequence[bytes], moved_from: Sequence[int] = ()) -> int:
        """Make ``payloads`` durable, one after the other; answers the LSN of the first.

        Args:
            moved_from: the LSNs at which they stood before, if they are not new.

        Raises:
            OSError: none of them counts; ``errno`` is that of a lack of room, or of a failure.
        """
        segment = self._active or self._begin()
        start = offset = segment.size
        written: list[Record] = []
        parts: list[bytes] = []
        for lsn, payload in enumerate(payloads, self._segments.next_lsn):
            parts += records.record_header(lsn, payload), payload
            written.append(Record(lsn, offset, len(payload)))
            offset = written[-1].end
        try:
            write_whole(self._files, self._descriptor, b"".join(parts), start)
        except (OSError, MemoryError) as error:
            self._take_back(segment, len(payloads), error)
            raise
        try:
            self._sync(lambda: self._files.fdatasync(self._descriptor))
        except OSError:
            self._give_up(segment, len(payloads))
            raise
        self._segments.accept(segment, written, moved_from)
        self.groups += 1
        if segment.size >= self._limits.roll_bytes:
            self.close()
        return written[0].lsn

    def close_if_finished(self) -> None:
        """Append no more to this segment if nothing in it is needed any more, so that it can go."""
        segment = self._active
        if segment is not None and not segment.pending and segment.next_lsn > segment.first_lsn:
            self.close()

    def close(self) -> None:
        """Append no more to this segment."""
        if self._active is None:
            return
        self._active.is_open = False
        self._active = None
        self._close(self._descriptor)

    def _begin(self) -> Segment:
        """A new segment, open for appending, its name durable."""
        segment = Segment(self._folder, self._segments.next_lsn)
        before = self._segments.accepted
        header = SegmentHeader(segment.first_lsn, before, self._segments.newest)
        descriptor = self._files.create(segment.path)
        try:
            write_whole(self._files, descriptor, header.encode(), 0)
            self._sync(lambda: self._files.sync_folder(self._folder))
        except OSError:
            self._close(descriptor)
            self._discard(segment)
            raise
        segment.is_open = True
        self._segments.begin(segment)
        self._active, self._descriptor = segment, descriptor
        return segment

    def _discard(self, segment: Segment) -> None:
        """A segment could not be begun: be rid of its file."""
        try:
            self._files.unlink(segment.path)
        except OSError:
            # Then it goes later, with the finished ones, and its name is not used again.
            self._segments.skip(1)
            self._segments.begin(segment)

    def _sync(self, call: Callable[[], None]) -> None:
        try:
            call()
        except OSError as error:
            self.failed_syncs += 1
            # Whatever it is called, also "no space": it is a failure of the disk.
            raise OSError(errno.EIO, f"a sync failed: {error}") from error

    def _take_back(self, segment: Segment, count: int, error: BaseException) -> None:
        """A write has failed: cut off what came of it."""
        try:
            self._files.truncate(self._descriptor, segment.size)
        except OSError:
            self._give_up(segment, count)
            return
        if (
            isinstance(error, OSError)
            and error.errno == errno.EFBIG
            and segment.next_lsn > segment.first_lsn
        ):
            self.close()  # this file may not grow, another one may

    def _give_up(self, segment: Segment, count: int) -> None:
        """Never append to ``segment`` again; the ``count`` LSNs that may stand in it are skipped."""
        self._segments.skip(count)
        with contextlib.suppress(OSError):
            self._files.truncate(self._descriptor, segment.size)
        with contextlib.suppress(OSError):
            segment.size = self._files.size(self._descriptor)
        self.close()

    def _close(self, descriptor: int) -> None:
        with contextlib.suppress(OSError):  # closed all the same
            self._files.close(descriptor)
