"""A child process: a session of its own, its output in a rolling log, a word when it ends."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from app.engine.rolling import RollingLog
from app.engine.tether import tethered

#: Where `python -m app...` finds this very code.
_CODE = Path(__file__).parents[2]
#: Seconds to read what an ended child has said; beyond that somebody else, out of its process group,
#: has its output open.
_LAST_WORDS = 10.0


class Child:
    """A running child, tied to the life of this process; make it in the main thread.

    Args:
        command: program and arguments.
        log: file that takes its standard output and error.
        on_exit: called in a thread, once, when it has ended.

    Raises:
        OSError: the log cannot be written or the process not made.
    """

    def __init__(
        self, command: Sequence[str], log: Path, on_exit: Callable[["Child"], None]
    ) -> None:
        self._log = RollingLog(log)
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then
        # stops its children in order.
        self._process = subprocess.Popen(
            tethered(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=_CODE,
        )
        assert self._process.stdout is not None  # noqa: S101 -- asked for above
        self._pump = threading.Thread(target=self._copy, args=(self._process.stdout,), daemon=True)
        self._pump.start()
        self._waiter = threading.Thread(target=self._wait, args=(on_exit,), daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Process id; also that of its session and of its process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return self._process.returncode

    def last_lines(self, count: int) -> list[str]:
        """The last ``count`` telling lines of its output."""
        return self._log.last_lines(count)

    def terminate(self) -> None:
        """Ask it to stop."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill_group(self) -> None:
        """End it and whatever it started, without asking."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def join(self) -> None:
        """Wait until it has ended and all of its output is in the log."""
        self._waiter.join()

    def _copy(self, output: IO[bytes]) -> None:
        with output, contextlib.closing(self._log):
            for line in output:
                self._log.write(line)

    def _wait(self, on_exit: Callable[["Child"], None]) -> None:
        self._process.wait()
        # What it started and left behind would keep its port and its output open.
        self.kill_group()
        self._pump.join(timeout=_LAST_WORDS)
        on_exit(self)
