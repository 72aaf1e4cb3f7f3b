"""How the supervisor stops what it runs, however often it is asked to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.engine import supervisor
from app.engine.supervisor import Patience, Service
from tests.engine.children import Journal, kill, lives
from tests.engine.eventually import DEADLINE, eventually
from tests.engine.supervised import QUICK, Run, running


def test_the_end_may_be_asked_for_while_things_start(
    journal: Journal, service: Callable[..., Service]
) -> None:
    run = Run([service("node", ready=lambda: False), service("api")], QUICK)
    eventually(journal.has("node started"), "the first has started")

    run.end()

    assert journal.entries() == ["node started", "node ended"]
    assert run.error is None
    assert not run.ready.is_set()


def test_the_end_may_be_asked_for_while_a_crashed_service_waits_for_its_turn(
    journal: Journal, service: Callable[..., Service]
) -> None:
    with running(service("node"), patience=Patience(first_wait=3_600.0)) as run:
        kill(journal.pids("node started")[0])
        eventually(lambda: run.spoken.count("starting it again"), "the crash is seen")

        run.end()

    assert run.error is None
    assert journal.entries() == ["node started"]


def test_a_service_that_does_not_end_within_its_grace_is_killed(
    journal: Journal, service: Callable[..., Service]
) -> None:
    with running(service("node", journal.stubborn("node"), grace=0.0)) as run:
        run.end()

    assert not lives(journal.pids("node started")[0])
    assert run.error is None


def test_asking_again_ends_without_grace(journal: Journal, service: Callable[..., Service]) -> None:
    with running(service("node", journal.stubborn("node"), grace=3_600.0)) as run:

        def asked_once_more() -> bool:
            run.supervisor.stop()
            return run.is_over()

        eventually(asked_once_more, "impatience is understood")

    assert not lives(journal.pids("node started")[0])


def test_two_signals_of_one_closing_terminal_leave_the_grace(
    journal: Journal,
    service: Callable[..., Service],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However long this machine takes between the two.
    monkeypatch.setattr(supervisor, "_ONE_REQUEST", DEADLINE)
    gate = tmp_path / "gate"
    slow = journal.obedient("node")
    slow[3] = slow[3].replace(
        "def end(*_):\n",
        "import pathlib, threading\ndef end(*_):\n    note('asked')\n"
        f"    while not pathlib.Path({str(gate)!r}).exists():\n        threading.Event().wait(0.01)\n",
    )
    with running(service("node", slow)) as run:
        run.supervisor.stop()
        run.supervisor.stop()
        eventually(journal.has("node asked"), "it was asked to end")
        gate.touch()
        eventually(run.is_over, "it ends")

    assert journal.entries() == ["node started", "node asked", "node ended"]
