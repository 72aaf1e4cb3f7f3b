"""The system's libzstd, put where Elasticsearch looks for it."""

import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

_PLACES = (
    Path("/usr/lib/x86_64-linux-gnu"),
    Path("/usr/lib/aarch64-linux-gnu"),
    Path("/lib/x86_64-linux-gnu"),
    Path("/lib/aarch64-linux-gnu"),
    Path("/usr/lib64"),
    Path("/lib64"),
    Path("/usr/lib"),
)

#: Elasticsearch's own word for each machine.
_MACHINES = {"x86_64": "x64", "aarch64": "aarch64"}


def provide_zstd(home: Path, places: Sequence[Path] = _PLACES) -> bool:
    """Copy libzstd into ``home`` if it is not there; whether the node will have it.

    Without it an index with the codec ``best_compression`` fails on its first flush, so the node
    must then keep to the default codec.
    """
    machine = _MACHINES.get(platform.machine())
    if platform.system() != "Linux" or machine is None:
        return False
    target = home / "lib" / "platform" / f"linux-{machine}" / "libzstd.so"
    if target.is_file():
        return True
    source = next((p / "libzstd.so.1" for p in places if (p / "libzstd.so.1").is_file()), None)
    if source is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_suffix(".part")
    shutil.copyfile(source, scratch)
    scratch.replace(target)
    return True
