"""``logfeed tail`` as a process of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.node import ROOT


class Tail:
    """``logfeed`` with these arguments; it writes to ``file``, and what it says beside it."""

    def __init__(self, file: Path, url: str, *arguments: str) -> None:
        self._file = file
        with file.open("wb") as out, file.with_suffix(".err").open("wb") as err:
            command = [sys.executable, "-m", "app", *arguments, "--json", "--url", url]
            self._process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT)

    def ids(self) -> list[str]:
        """The records that it has shown so far, by their ids."""
        text = self._file.read_text(encoding="utf-8")
        return [
            json.loads(line)["id"] for line in text.splitlines(keepends=True) if line[-1] == "\n"
        ]

    def count(self) -> int:
        """How many records it has shown so far."""
        return self._file.read_bytes().count(b"\n")

    def said(self) -> str:
        """What it told the person before the terminal."""
        return self._file.with_suffix(".err").read_text(encoding="utf-8")

    def pause(self) -> None:
        """As Ctrl-Z."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """As ``fg``."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """As Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=60)

    def kill(self) -> None:
        """The end, whatever state it is in; harmless where it has ended."""
        self._process.kill()
        self._process.wait(timeout=60)
