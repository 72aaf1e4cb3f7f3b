"""The checkpoint: below which LSN all is finished, and where to go on counting.

It is only ever put in place whole. Losing it costs nothing but work: what was finished is found
unfinished again, and is shipped a second time under the same ids.
"""

import errno
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.writing import put_in_place

NAME = "checkpoint"
_MAGIC = b"\xf7cpt"
_BODY = struct.Struct("<QQQ")
_WHOLE_BYTES = 8 + _BODY.size


@dataclass(frozen=True)
class Checkpoint:
    """What is remembered of a log beside its segments.

    Attributes:
        finished_below: every record of a smaller LSN is finished.
        accepted: the last LSN that was made durable; 0 if none was.
        next_lsn: no LSN from here on was ever given out.
    """

    finished_below: int
    accepted: int
    next_lsn: int


def save(checkpoint: Checkpoint, folder: Path, files: Files) -> None:
    """Make ``checkpoint`` durable in place of the one before.

    Raises:
        OSError: it is not sure to be durable; the one before may still stand.
    """
    body = _BODY.pack(checkpoint.finished_below, checkpoint.accepted, checkpoint.next_lsn)
    header = struct.pack("<4sI", _MAGIC, zlib.crc32(body))
    put_in_place(files, folder / NAME, header + body)


def load(folder: Path, files: Files) -> Checkpoint | None:
    """The checkpoint of ``folder``; None if it is missing, torn, garbage or cannot be read."""
    try:
        descriptor = files.open(folder / NAME)
    except FileNotFoundError:
        return None
    try:
        data = files.read(descriptor, _WHOLE_BYTES + 1, 0)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return None
    finally:
        files.close(descriptor)
    if len(data) != _WHOLE_BYTES:
        return None
    magic, checksum = struct.unpack_from("<4sI", data)
    if magic != _MAGIC or checksum != zlib.crc32(data[8:]):
        return None
    found = Checkpoint(*_BODY.unpack_from(data, 8))
    return found if found.finished_below <= found.next_lsn else None
