"""Runs a command that is ended by the system when its parent dies, even by ``kill -9``.

``python -m app.engine.tether PARENT COMMAND...`` asks the kernel for SIGTERM on the death of the
parent and becomes the command. Where the kernel has no such call (not Linux) it only becomes the
command.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """``command``, tied to the life of this process; start it from the main thread.

    The kernel watches the thread that starts the child, not only the process.
    """
    launcher = str(Path(__file__).resolve())
    return [sys.executable, "-I", launcher, str(os.getpid()), *command]


def main() -> None:
    """Tie this process to its parent and become the command in ``sys.argv``."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            sys.exit(1)  # it died before the kernel was asked
    os.execvp(command[0], command)  # noqa: S606 -- a list that the caller built


if __name__ == "__main__":
    main()
