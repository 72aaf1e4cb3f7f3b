"""Reading single records back."""

import contextlib
import errno
from threading import Lock

from app.stores.write_ahead_log import records
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.records import RECORD_HEADER_BYTES, Record
from app.stores.write_ahead_log.segments import Segment


class Reader:
    """Keeps the segment that was read last open: reads go mostly one after the other."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lock = Lock()
        self._segment: Segment | None = None
        self._descriptor = -1

    def read(self, segment: Segment, record: Record) -> tuple[bytes, bytes | None]:
        """The bytes of ``record`` as they are on the disk, and its payload if they are good.

        Raises:
            OSError: they cannot be read now.
        """
        # One at a time: while a descriptor is in use nobody may close it.
        with self._lock:
            try:
                if self._segment is not segment:
                    self._close()
                    self._descriptor = self._files.open(segment.path)
                    self._segment = segment
                size = RECORD_HEADER_BYTES + record.length
                data = self._read(size, record.offset)
            except OSError as error:
                # A bad place of the disk, or somebody removed the file: waiting does not help.
                if error.errno not in {errno.EIO, errno.ENOENT}:
                    raise
                data = b""
        return data, records.payload_of(data, record.lsn)

    def _read(self, size: int, offset: int) -> bytes:
        try:
            return self._files.read(self._descriptor, size, offset)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return self._files.read(self._descriptor, size, offset)  # some disks need two

    def forget(self, segment: Segment | None = None) -> None:
        """Close ``segment``, if it is the open one; without it, whichever is."""
        with self._lock:
            if segment is None or segment is self._segment:
                self._close()

    def _close(self) -> None:
        if self._segment is not None:
            self._segment = None
            with contextlib.suppress(OSError):
                self._files.close(self._descriptor)
