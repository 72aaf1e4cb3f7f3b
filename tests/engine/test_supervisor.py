"""What the supervisor promises of the services that it starts and keeps running."""

from collections.abc import Callable
from pathlib import Path

from app.engine.supervisor import Patience, Service
from tests.engine.children import Journal, kill, lives, python
from tests.engine.eventually import eventually
from tests.engine.supervised import running


def test_services_start_in_order_and_stop_in_reverse(
    journal: Journal, service: Callable[..., Service]
) -> None:
    with running(service("first"), service("second")) as run:
        assert journal.entries() == ["first started", "second started"]

        run.end()

    assert journal.entries()[2:] == ["second ended", "first ended"]
    assert run.error is None


def test_the_second_is_not_started_before_the_first_is_ready(
    journal: Journal, service: Callable[..., Service], tmp_path: Path
) -> None:
    answers = iter([False, False, True])
    started: list[list[str]] = []

    def ready() -> bool:
        started.append(journal.entries())
        return next(answers)

    with running(service("first", ready=ready), service("second")):
        assert len(started) == 3
        assert not any("second started" in entries for entries in started)


def test_a_crashed_service_is_started_again(
    journal: Journal, service: Callable[..., Service]
) -> None:
    with running(service("node")) as run:
        kill(journal.pids("node started")[0])

        eventually(lambda: run.spoken.count("node is ready again"), "it is ready again")
        # It notes its start itself, perhaps a moment after the supervisor called it ready.
        eventually(lambda: len(journal.pids("node started")) == 2, "it has started")

        first, second = journal.pids("node started")
        assert not lives(first)
        assert lives(second)
        assert "node ended (killed by signal 9); starting it again in 0.01 s" in run.spoken.text()


def test_the_other_services_go_on_while_one_is_started_again(
    journal: Journal, service: Callable[..., Service]
) -> None:
    with running(service("node"), service("api")) as run:
        kill(journal.pids("node started")[0])

        eventually(lambda: run.spoken.count("node is ready again"), "it is ready again")

        assert journal.entries().count("api started") == 1
        assert lives(journal.pids("api started")[0])


def test_each_further_crash_waits_twice_as_long(
    journal: Journal, service: Callable[..., Service]
) -> None:
    with running(service("node")) as run:
        for times in (1, 2, 3):
            # Each start notes itself, perhaps a moment after the supervisor called it ready.
            eventually(lambda: len(journal.pids("node started")) == times, "it has started")  # noqa: B023
            kill(journal.pids("node started")[-1])
            eventually(lambda: run.spoken.count("is ready again") == times, "it is ready again")  # noqa: B023

        for wait in ("0.01", "0.02", "0.04"):
            assert run.spoken.count(f"starting it again in {wait} s") == 1


def test_after_too_many_crashes_everything_stops_with_the_reason(
    journal: Journal, service: Callable[..., Service], tmp_path: Path
) -> None:
    burning = python("print('the disk is on fire'); raise SystemExit(3)")
    patience = Patience(crashes=3, within=300.0, first_wait=0.01)

    with running(
        service("node"), service("api", burning, ready=lambda: True), patience=patience
    ) as run:
        eventually(run.is_over, "it gives up")

    assert str(run.error) == (
        "api ended 3 times within 5 minutes (exit code 3), so everything is stopped; "
        f"its log is {tmp_path / 'api.log'} and ends with:\n  the disk is on fire"
    )
    assert journal.entries() == ["node started", "node ended"]


def test_crashes_of_long_ago_are_forgiven(
    journal: Journal, service: Callable[..., Service]
) -> None:
    all_is_long_ago = Patience(crashes=2, within=0.0, first_wait=0.01)

    with running(service("node"), patience=all_is_long_ago) as run:
        for times in (1, 2, 3):
            # Each start notes itself, perhaps a moment after the supervisor called it ready.
            eventually(lambda: len(journal.pids("node started")) == times, "it has started")  # noqa: B023
            kill(journal.pids("node started")[-1])
            eventually(lambda: run.spoken.count("is ready again") == times, "it is ready again")  # noqa: B023

        assert not run.is_over()


def test_a_service_that_ends_while_it_is_started_is_reported_with_its_last_words(
    service: Callable[..., Service], tmp_path: Path
) -> None:
    with running(
        service("node", python("raise SystemExit('no such heap.')"), ready=lambda: False)
    ) as run:
        pass

    assert str(run.error) == (
        "node ended while it was started (exit code 1): no such heap. "
        f"Its log is {tmp_path / 'node.log'}."
    )
    assert not run.ready.is_set()


def test_a_service_that_never_becomes_ready_is_stopped(
    journal: Journal, service: Callable[..., Service], tmp_path: Path
) -> None:
    # It counts as not ready in time once it runs, so that there is something to stop.
    def never() -> bool:
        eventually(journal.has("node started"), "it has started")
        return False

    with running(service("node", ready=never, ready_within=0.0)) as run:
        eventually(run.is_over, "it gives up")

    assert str(run.error) == (f"node was not ready within 0 s; its log is {tmp_path / 'node.log'}.")
    assert journal.entries() == ["node started", "node ended"]


def test_a_service_that_hangs_when_started_again_is_killed_and_counted(
    journal: Journal, service: Callable[..., Service]
) -> None:
    once = iter([True])

    # The first look waits for the process, whatever time the machine takes to start it.
    def only_at_first() -> bool:
        eventually(journal.has("node started"), "it has started")
        return next(once, False)

    patience = Patience(crashes=2, within=300.0, first_wait=0.01)

    with running(service("node", ready=only_at_first, ready_within=0.2), patience=patience) as run:
        kill(journal.pids("node started")[0])
        eventually(run.is_over, "it gives up")

    assert run.spoken.count("node was not ready within") == 1
    assert str(run.error).startswith("node ended 2 times within 5 minutes (killed by signal 9)")


def test_a_log_that_cannot_be_written_is_said(
    service: Callable[..., Service], tmp_path: Path
) -> None:
    (tmp_path / "node.log").mkdir()

    with running(service("node")) as run:
        pass

    assert str(run.error).startswith("node cannot be started: [Errno 21] Is a directory")
