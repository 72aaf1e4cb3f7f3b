"""Bytes that should have been records are copied aside, for a person to look at."""

import contextlib
import logging
from pathlib import Path

from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.segments import Segment
from app.stores.write_ahead_log.writing import put_in_place

FOLDER_NAME = "damaged"

_logger = logging.getLogger(__name__)


def set_aside(segment: Segment, data: bytes, start: int, files: Files) -> None:
    """Copy ``data``, found at ``start`` of ``segment``, into ``damaged/`` beside it; never raises.

    Where it cannot be copied now the segment is marked, and is kept whole when its time comes.
    """
    folder = segment.path.parent / FOLDER_NAME
    copy = folder / f"{segment.path.stem}-{start}-{start + len(data)}.bin"
    _logger.error("%s is damaged from byte %d to %d", segment.path, start, start + len(data))
    try:
        _copy(data, copy, files)
    except OSError as error:
        segment.has_evidence = True
        _logger.warning("%s could not be written: %s", copy, error)


def remove_file(segment: Segment, files: Files) -> None:
    """Let the file of ``segment`` go, into ``damaged/`` if it holds what could not be copied.

    Raises:
        OSError: it is still there.
    """
    if segment.has_evidence:
        folder = segment.path.parent / FOLDER_NAME
        files.make_folder(folder)
        files.rename(segment.path, folder / segment.path.name)
        return
    with contextlib.suppress(FileNotFoundError):
        files.unlink(segment.path)


def _copy(data: bytes, copy: Path, files: Files) -> None:
    files.make_folder(copy.parent)
    if copy.name in files.names(copy.parent):
        return  # found at an earlier start
    put_in_place(files, copy, data)
