"""Whether this machine can take the node now; each refusal is a sentence that says what to do."""

import contextlib
import errno
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from app.engine.config import NodeConfig
from app.engine.errors import PreflightError
from app.engine.locks import locked

_MIB = 1024 * 1024
_LEAST_HEAP_MIB = 256
_LEAST_DISK = 1024 * _MIB
#: Java, the jars, and both once more while they are put in place.
_CACHE_DISK = 400 * _MIB
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def check_port(host: str, port: int, variable: str, patience: float = 0.0) -> None:
    """Refuse if nobody can listen on ``host:port``; ``variable`` sets the port.

    One that is taken is given ``patience`` seconds to become free.

    Raises:
        PreflightError: it is taken, or not allowed, or no address of this machine.
    """
    until = time.monotonic() + patience
    while (error := _listening_error(host, port)) is not None:
        if error.errno != errno.EADDRINUSE:
            raise PreflightError(
                f"Nobody can listen on port {port} of {host} ({error.strerror or error}); "
                f"choose another with {variable}."
            )
        if time.monotonic() >= until:
            raise PreflightError(
                f"Port {port} on {host} is taken by another program; "
                f"stop that one, or choose another port with {variable}."
            )
        threading.Event().wait(0.1)


def _listening_error(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections still linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def check_memory(config: NodeConfig, available: int | None = None) -> None:
    """Refuse a heap that is too small to start, or that does not fit into ``available`` bytes.

    ``available`` defaults to what the machine, or the container, has to give.

    Raises:
        PreflightError: it is too small or does not fit.
    """
    if config.heap_mib < _LEAST_HEAP_MIB:
        raise PreflightError(
            f"A heap of {config.heap} is too small for Elasticsearch; "
            f"set LOGFEED_ELASTICSEARCH_HEAP to {_LEAST_HEAP_MIB}m or more."
        )
    free = _available_memory() if available is None else available
    if free < config.memory_bytes:
        raise PreflightError(
            f"Elasticsearch needs about {config.memory_bytes // _MIB} MiB of memory and "
            f"{free // _MIB} MiB are free; close other programs, or lower "
            f"LOGFEED_ELASTICSEARCH_HEAP (now {config.heap})."
        )


def check_disk(config: NodeConfig, free: int | None = None) -> None:
    """Refuse if the data folder has less than 1 GiB to grow; ``free`` bytes, default: measured.

    Raises:
        PreflightError: there is less.
    """
    free = shutil.disk_usage(config.data_dir).free if free is None else free
    if free < _LEAST_DISK:
        raise PreflightError(
            f"{free // _MIB} MiB are free on the disk of {config.data_dir} and Elasticsearch "
            f"needs {_LEAST_DISK // _MIB} MiB to start; make room, or choose another folder "
            "with LOGFEED_DATA_DIR."
        )


def check_cache_disk(cache_dir: Path, free: int | None = None) -> None:
    """Refuse if what is still to be fetched does not fit; ``free`` bytes, default: measured.

    Raises:
        PreflightError: it does not fit.
    """
    free = shutil.disk_usage(cache_dir).free if free is None else free
    if free < _CACHE_DISK:
        raise PreflightError(
            f"{free // _MIB} MiB are free on the disk of {cache_dir} and the first start fetches "
            f"and unpacks up to {_CACHE_DISK // _MIB} MiB; make room, or choose another folder "
            "with LOGFEED_CACHE_DIR."
        )


@contextlib.contextmanager
def data_folder(path: Path) -> Iterator[bool]:
    """Make the data folder and hold it alone for the block.

    Gives whether the one who held it before was killed, so that what it had started may still
    be on its way out.

    Raises:
        PreflightError: another installation holds it, or it cannot be written.
    """

    def refuse() -> None:
        raise PreflightError(
            f"The data folder {path} is used by another Logfeed that runs now; "
            "stop that one, or choose another folder with LOGFEED_DATA_DIR."
        )

    lock = path / "lock"
    with contextlib.ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(lock, when_taken=refuse))
            was_killed = lock.stat().st_size > 0
            lock.write_text("in use\n", encoding="ascii")
        except OSError as error:
            raise PreflightError(
                f"The data folder {path} cannot be written ({error.strerror}); "
                "make it writable, or choose another with LOGFEED_DATA_DIR."
            ) from None
        try:
            yield was_killed
        finally:
            with contextlib.suppress(OSError):
                lock.write_bytes(b"")


def _available_memory() -> int:
    available = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):
        # In a container: the machine may have more than we are allowed to use.
        available = min(available, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    return available
