"""Writing all of something: a write may take less than it is given, a crash leave half a file."""

import contextlib
import errno
from pathlib import Path

from app.stores.write_ahead_log.files import Files


def write_whole(files: Files, descriptor: int, data: bytes, offset: int) -> None:
    """Write ``data`` at ``offset``, in as many calls as it needs.

    Raises:
        OSError: a part of it, or nothing, was written.
    """
    rest = memoryview(data)
    while rest:
        taken = files.write(descriptor, rest, offset)
        if taken <= 0:
            raise OSError(errno.ENOSPC, "the system takes no more bytes")
        rest, offset = rest[taken:], offset + taken


def put_in_place(files: Files, path: Path, data: bytes) -> None:
    """Make ``path`` hold ``data``, durably; it has either this or what it had before.

    Raises:
        OSError: it is not sure which of the two.
    """
    temporary = path.with_name(f"{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        # A file whose sync failed must not be synced again: begin with a new one.
        files.unlink(temporary)
    descriptor = files.create(temporary)
    try:
        write_whole(files, descriptor, data, 0)
        files.fdatasync(descriptor)
    finally:
        files.close(descriptor)
    files.rename(temporary, path)
    files.sync_folder(path.parent)
