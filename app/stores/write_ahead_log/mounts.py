"""Which file system a folder is on: some lose all when the machine restarts."""

import re
from pathlib import Path

#: Kinds that do not outlive a restart. Not in here: ``overlay``, which a container without a volume has;
#: it outlives all but the removal of the container, and the engine's own data lie on it as well.
VOLATILE = frozenset({"tmpfs", "ramfs"})

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def file_system_of(folder: Path) -> str:
    """The kind of the file system that ``folder`` is on; "" where the kernel does not say."""
    try:
        mounts = _MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return ""
    return kind_of(folder.resolve(), mounts)


def kind_of(folder: Path, mounts: str) -> str:
    """The kind in the lines of a mountinfo; of several mounts on one place the last one is seen.

    A line is ``id parent major:minor root MOUNT-POINT options [tags] - KIND source options``.
    """
    depth, kind = -1, ""
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        if not separator:
            continue
        escaped = before.split(" ")[4]
        point = Path(_ESCAPED.sub(lambda match: chr(int(match[1], 8)), escaped))
        if folder.is_relative_to(point) and len(point.parts) >= depth:
            depth, kind = len(point.parts), after.split(" ", 1)[0]
    return kind
