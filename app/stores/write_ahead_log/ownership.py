"""Whose a folder is: taken by a lock, given back by the kernel at the latest."""

from pathlib import Path

from app.stores.write_ahead_log import checkpoint, damage
from app.stores.write_ahead_log.errors import LogUnavailableError
from app.stores.write_ahead_log.files import Files
from app.stores.write_ahead_log.mounts import VOLATILE
from app.stores.write_ahead_log.segments import first_lsn_of

LOCK_NAME = "LOCK"


def take(folder: Path, files: Files, *, allow_volatile: bool) -> int:
    """Make ``folder`` if need be and lock it; answers the descriptor that holds the lock.

    Raises:
        LogUnavailableError: another log has it, it would not last, or it cannot be made.
    """
    try:
        kind = "" if allow_volatile else files.file_system(folder)
        if kind in VOLATILE:
            raise LogUnavailableError(
                f"the log {folder} would be on {kind}, which a restart of the machine clears: put it "
                "on a disk with LOGFEED_DATA_DIR, or accept that loss with LOGFEED_VOLATILE_LOG=allow"
            )
        files.make_folder(folder)
        lock = files.take_lock(folder / LOCK_NAME)
    except OSError as error:
        raise LogUnavailableError(f"the log {folder} cannot be opened: {error}") from error
    if lock is None:
        raise LogUnavailableError(f"the log {folder} belongs to another process")
    return lock


def is_log(folder: Path, files: Files) -> bool:
    """Whether a log was begun there: the other folders of a disk are not ours to lock and remove."""
    if folder.name == damage.FOLDER_NAME:
        return False
    try:
        names = files.names(folder)
    except NotADirectoryError:
        return False
    return LOCK_NAME in names or any(first_lsn_of(name) is not None for name in names)


def remove(folder: Path, files: Files) -> None:
    """Remove what is left of a log without segments; its ``damaged/`` is kept beside the folder.

    Raises:
        OSError: something is still there.
    """
    names = files.names(folder)
    if damage.FOLDER_NAME in names:
        kept = folder.parent / damage.FOLDER_NAME
        files.make_folder(kept)
        files.rename(folder / damage.FOLDER_NAME, kept / folder.name)
    # The lock goes last: without it another process may take the folder for its own.
    for name in (f"{checkpoint.NAME}.new", checkpoint.NAME, LOCK_NAME):
        if name in names:
            files.unlink(folder / name)
    files.remove_folder(folder)
    files.sync_folder(folder.parent)
