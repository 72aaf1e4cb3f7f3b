"""What the operator reads."""

import errno
import io
import os
import re

import pytest
from rich.console import Console

from app.engine.report import Report, Terminal
from tests.engine.children import Spoken


def test_a_line_bears_the_seconds_since_the_command() -> None:
    spoken = Spoken()

    spoken.report.say("Java is here")

    assert re.fullmatch(r" +\d+\.\d s  Java is here\n", spoken.text())


def test_a_warning_is_marked_as_one() -> None:
    spoken = Spoken()

    spoken.report.warn("no libzstd")

    assert re.fullmatch(r" +\d+\.\d s  warning: no libzstd\n", spoken.text())


def test_text_is_shown_as_it_stands() -> None:
    spoken = Spoken()

    spoken.report.show("[red]not a colour[/red] " + "long " * 50)

    assert spoken.text() == "[red]not a colour[/red] " + "long " * 50 + "\n"


def test_progress_off_a_terminal_is_a_line_a_quarter() -> None:
    spoken = Spoken()

    with spoken.report.bar("fetching", 8_000_000) as advance:
        for _ in range(8):
            advance(1_000_000)

    told = [line.partition("s  ")[2] for line in spoken.text().splitlines()]
    assert told == [
        "fetching, 8 MB ...",
        "fetching: 25 %",
        "fetching: 50 %",
        "fetching: 75 %",
        "fetching: 100 %",
    ]


@pytest.mark.parametrize("total", [None, 0])
def test_progress_without_a_size_is_one_line(total: int | None) -> None:
    spoken = Spoken()

    with spoken.report.bar("fetching Java", total) as advance:
        advance(1_000)

    assert len(spoken.text().splitlines()) == 1


def test_progress_on_a_terminal_is_a_bar_that_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    screen = io.StringIO()
    report = Report(Console(file=screen, force_terminal=True, width=100))

    with report.bar("fetching", 4_000_000) as advance:
        advance(4_000_000)

    shown, _, after = screen.getvalue().rpartition("\x1b[2K")
    assert "4.0/4.0 MB" in shown
    assert after == ""


def test_a_reader_that_is_gone_stops_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        report = Report(Terminal(file=pipe))

        report.say("stopping ...")
        report.say("stopped")


def test_a_terminal_that_was_closed_stops_nothing() -> None:
    terminal = io.StringIO()
    terminal.write = _refuse  # type: ignore[method-assign]
    report = Report(Terminal(file=terminal))

    report.say("stopping ...")


def _refuse(text: str) -> int:
    raise OSError(errno.EIO, "Input/output error", text)
