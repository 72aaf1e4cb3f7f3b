"""Child processes of a benchmark: started, measured, ended."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from app.engine.child import Child

_POLL = 0.1
_never = threading.Event()


class BenchmarkError(Exception):
    """The run is worth nothing; the text says why."""


def pause(seconds: float) -> None:
    """Let time pass."""
    _never.wait(seconds)


def wait_until(what: str, holds: Callable[[], bool], within: float) -> None:
    """Return as soon as ``holds``.

    Raises:
        BenchmarkError: it does not within so many seconds.
    """
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            raise BenchmarkError(f"{what}: not within {within:.0f} s")
        pause(_POLL)


class Running:
    """A child with its own children: what they cost, and their end.

    Raises:
        BenchmarkError: it ended, or was not ready in time.
    """

    def __init__(
        self, name: str, command: Sequence[str], log: Path, ready: Callable[[], bool]
    ) -> None:
        self._name = name
        self._child = Child(command, log, lambda child: None)
        try:
            wait_until(f"{name} gets ready", lambda: self._lives() and ready(), 180)
        except BaseException:
            self.stop()
            raise

    def cpu_seconds(self) -> dict[int, float]:
        """CPU time of each of its living processes since it was started, by process id."""
        return {process.pid: _cpu_seconds(process) for process in self.processes()}

    def processes(self) -> list[psutil.Process]:
        """It and its descendants."""
        root = psutil.Process(self._child.pid)
        return [root, *root.children(recursive=True)]

    def stop(self) -> None:
        """Ask it to end, wait, and end it if it does not."""
        self._child.terminate()
        with contextlib.suppress(BenchmarkError):
            wait_until(f"{self._name} ends", lambda: self._child.exit_code is not None, 40)
        self._child.kill_group()
        self._child.join()

    def _lives(self) -> bool:
        if self._child.exit_code is None:
            return True
        said = " | ".join(self._child.last_lines(3))
        raise BenchmarkError(f"{self._name} ended with {self._child.exit_code}: {said}")


def machine_cpu_seconds() -> float:
    """CPU time of everything that runs on this machine, since it was started."""
    times = psutil.cpu_times()
    # Time of guests is in that of users already.
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def own_cpu_seconds() -> float:
    """CPU time of this process."""
    return _cpu_seconds(psutil.Process())


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system
