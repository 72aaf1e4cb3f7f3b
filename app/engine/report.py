"""What the operator reads while things start: short lines with the time since the command."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

#: Called with how many bytes have come since the last call; from any thread.
Advance = Callable[[int], None]

_MEGA = 1_000_000


class Terminal(Console):
    """A console whose reader may go away: from then on nothing is written, and nothing ends."""

    def on_broken_pipe(self) -> None:
        """Called by rich; its own answer is to exit, before our children have been stopped."""
        self.quiet = True
        # What is buffered still would fail when the process ends, and spoil its exit code.
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.file.fileno())
            os.close(nowhere)


class Report:
    """Lines and bars on a terminal; plain lines anywhere else."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Terminal()
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """One line: what was done, after how many seconds."""
        self._print(f"[dim]{self._elapsed()}[/dim]  ", text)

    def warn(self, text: str) -> None:
        """One line that asks for attention."""
        self._print(f"[dim]{self._elapsed()}[/dim]  [yellow]warning:[/yellow] ", text)

    def show(self, text: str) -> None:
        """Text as it stands, without a time."""
        self._print("", text)

    @contextlib.contextmanager
    def bar(self, what: str, total: int | None) -> Iterator[Advance]:
        """Progress over ``total`` bytes; None where the size is not known beforehand."""
        if not self._console.is_terminal:
            yield self._plain_bar(what, total)
            return
        columns = [TextColumn("         {task.description}"), BarColumn()]
        if total is not None:
            columns += [DownloadColumn(), TransferSpeedColumn()]
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda count: progress.update(task, advance=count)

    def _plain_bar(self, what: str, total: int | None) -> Advance:
        size = "" if total is None else f", {total / _MEGA:.0f} MB"
        self.say(f"{what}{size} ...")
        guard = threading.Lock()
        done = 0
        quarters = 0

        def advance(count: int) -> None:
            nonlocal done, quarters
            with guard:
                done += count
                reached = min(done * 4 // total, 4) if total else 0
                if reached > quarters:
                    quarters = reached
                    self.say(f"{what}: {reached * 25} %")

        return advance

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:5.1f} s"

    def _print(self, head: str, text: str) -> None:
        # The terminal may have been closed; stopping cleanly matters more than this line.
        with contextlib.suppress(OSError):
            self._console.print(head, end="", highlight=False)
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
