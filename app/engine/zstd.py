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

#: System and machine -> Elasticsearch's own word for the two.
_PLATFORMS = {("Linux", "x86_64"): "linux-x64", ("Linux", "aarch64"): "linux-aarch64"}


def provide_zstd(
    home: Path, places: Sequence[Path] = _PLACES, machine: tuple[str, str] | None = None
) -> bool:
    """Copy libzstd into ``home`` if it is not there; whether the node will have it.

    ``machine`` is the system and the kind of machine, as ``platform`` names them; default: this.
    Without the library an index with the codec ``best_compression`` fails on its first flush, so
    the node must then keep to the default codec.
    """
    word = _PLATFORMS.get(machine or (platform.system(), platform.machine()))
    if word is None:
        return False
    target = home / "lib" / "platform" / word / "libzstd.so"
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
