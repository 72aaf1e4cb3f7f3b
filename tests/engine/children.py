"""Tiny real programs for the supervisor to run, and a look at whether they live."""

import contextlib
import io
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
from rich.console import Console

from app.engine.report import Report

_NOTE = """
import os, signal, sys
# Should a failed test forget it, it ends of itself.
signal.alarm(300)
journal, name = sys.argv[1:3]
def note(what):
    with open(journal, "a") as file:
        file.write(f"{name} {what} {os.getpid()}\\n")
"""

#: Notes that it has started, and on SIGTERM that it has ended.
_OBEDIENT = f"""{_NOTE}
def end(*_):
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
note("started")
while True:
    signal.pause()
"""

#: Notes that it was asked to end, and goes on.
_STUBBORN = f"""{_NOTE}
signal.signal(signal.SIGTERM, lambda *_: note("asked"))
note("started")
while True:
    signal.pause()
"""


def python(code: str, *arguments: object) -> list[str]:
    """The command that runs ``code``."""
    return [sys.executable, "-I", "-c", code, *map(str, arguments)]


class Journal:
    """What the children noted, in the order in which they did."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal"
        self.path.touch()

    def obedient(self, name: str) -> list[str]:
        """A child that ends when asked to."""
        return python(_OBEDIENT, self.path, name)

    def stubborn(self, name: str) -> list[str]:
        """A child that does not."""
        return python(_STUBBORN, self.path, name)

    def entries(self) -> list[str]:
        """What was noted, without process ids."""
        return [line.rpartition(" ")[0] for line in self._lines()]

    def pids(self, entry: str) -> list[int]:
        """The ids of the processes that noted ``entry``."""
        lines = (line.rpartition(" ") for line in self._lines())
        return [int(pid) for noted, _, pid in lines if noted == entry]

    def has(self, entry: str) -> Callable[[], bool]:
        """Whether ``entry`` was noted, as something to wait for."""
        return lambda: entry in self.entries()

    def _lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines()


class Spoken:
    """A report, and what it has said."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        self.report = Report(Console(file=self._file))

    def text(self) -> str:
        """All of it."""
        return self._file.getvalue()

    def count(self, words: str) -> int:
        """How often it has said ``words``."""
        return self.text().count(words)


def lives(pid: int) -> bool:
    """Whether the process runs; one that only waits to be buried does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(pid: int) -> None:
    """End it as the system does when memory is short: without asking."""
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).send_signal(signal.SIGKILL)
