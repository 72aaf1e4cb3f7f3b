"""Node numbers for a service without a cluster: unique among the processes of this machine.

A number is a locked file; the lock ends with the process, however it ends. Other machines are not
known here, so each begins its search at a number drawn from its own name.
"""

import fcntl
import os
import tempfile
import uuid
from pathlib import Path

from app.domain.errors import StoreUnavailableError
from app.domain.ids import NODE_COUNT, NodeLease

_ENDLESS_MS = 2**62


class MachineNodeNumbers:
    """Leases numbers by lock files.

    Args:
        folder: of the lock files; default: one of this user's in the system's temporary folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"logfeed-nodes-{os.getuid()}"
        self._files: dict[int, int] = {}

    def lease(self) -> NodeLease:
        """A number that no other process of this machine holds.

        Raises:
            StoreUnavailableError: all are held.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        start = uuid.getnode() % NODE_COUNT
        for step in range(NODE_COUNT):
            number = (start + step) % NODE_COUNT
            descriptor = os.open(self._folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                continue
            self._files[number] = descriptor
            last = os.pread(descriptor, 32, 0)
            first_ms = int(last) + 1 if last.isdigit() else 0
            return NodeLease(number, first_ms, _ENDLESS_MS)
        raise StoreUnavailableError("no node number for ids is free on this machine")

    def renew(self, lease: NodeLease) -> NodeLease:
        """The same lease: the lock has no end."""
        return lease

    def release(self, lease: NodeLease, last_ms: int) -> None:
        """Unlock the number and leave word where the next holder begins."""
        descriptor = self._files.pop(lease.number, None)
        if descriptor is not None:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(last_ms).encode(), 0)
            os.close(descriptor)
