"""The seam to the operating system: all that the log asks of it, so that tests can break each call.

Every method raises OSError as the system call behind it does.
"""

import fcntl
import os
import time
from pathlib import Path

from app.stores.write_ahead_log import mounts

#: Records may hold what only this service's user may read.
_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


class Files:
    """The real files of this machine."""

    def make_folder(self, path: Path) -> None:
        """Make ``path`` and its parents, where missing."""
        path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)

    def names(self, folder: Path) -> list[str]:
        """The names in ``folder``, in no order."""
        return os.listdir(folder)  # noqa: PTH208 - one call, names only

    def create(self, path: Path) -> int:
        """A descriptor of a new, empty file; it is an error if there is one."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)

    def open(self, path: Path) -> int:
        """A descriptor of a file that is there."""
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def close(self, descriptor: int) -> None:
        """Give ``descriptor`` back."""
        os.close(descriptor)

    def size(self, descriptor: int) -> int:
        """The size in bytes."""
        return os.fstat(descriptor).st_size

    def read(self, descriptor: int, size: int, offset: int) -> bytes:
        """Up to ``size`` bytes from ``offset``."""
        return os.pread(descriptor, size, offset)

    def write(self, descriptor: int, data: memoryview, offset: int) -> int:
        """Write at ``offset``; answers how many bytes were taken, which may be fewer than given."""
        return os.pwrite(descriptor, data, offset)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to ``size`` bytes."""
        os.ftruncate(descriptor, size)

    def fdatasync(self, descriptor: int) -> None:
        """Return when the bytes of the file, and its size, are on the disk."""
        os.fdatasync(descriptor)

    def sync_folder(self, folder: Path) -> None:
        """Return when the names in ``folder`` are on the disk."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Put ``source`` in the place of ``target``, at once."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove the name of a file."""
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()

    def free_bytes(self, folder: Path) -> int:
        """What this user may still write to the disk of ``folder``."""
        disk = os.statvfs(folder)
        return disk.f_bavail * disk.f_frsize

    def take_lock(self, path: Path) -> int | None:
        """A descriptor that holds the lock file ``path``; None if another one holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it may have removed the folder between the open and the lock: what is
            # locked then is a file without a name, which keeps nobody out.
            is_held = os.path.samestat(os.fstat(descriptor), path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_held = False
        except OSError:
            os.close(descriptor)
            raise
        if not is_held:
            os.close(descriptor)
            return None
        return descriptor

    def file_system(self, folder: Path) -> str:
        """The kind of the file system under ``folder``, as ``ext4``; "" where it cannot be told."""
        return mounts.file_system_of(folder)

    def monotonic(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()


REAL_FILES = Files()
