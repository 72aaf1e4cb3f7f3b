"""``logfeed scheduler`` against a real API on a real port, whose state lies in memory."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from app.cli import main
from app.domain.jobs import JobStatus, Outcome
from app.scheduler.presence import presence_file, present
from app.services.job_board import JobBoard
from app.services.lease import Lease
from app.services.scheduler_view import SchedulerView
from tests.builders import NOON_NS, SECOND
from tests.engine.eventually import eventually
from tests.fakes import FakeClock, FlakyStateStore
from tests.http import site
from tests.node import free_port


@pytest.fixture
def state() -> FlakyStateStore:
    return FlakyStateStore()


@pytest.fixture
def board(state: FlakyStateStore) -> JobBoard:
    about = {"jobs": "rollover,size_cap"}
    Lease(state, "host-1-ab", 15.0, lambda: 0.0, FakeClock(), about).tick()
    made = JobBoard(state)
    ended(made, Outcome.DONE, "nothing to do")
    return made


def ended(board: JobBoard, outcome: Outcome, detail: str, request: str = "") -> None:
    status = JobStatus(
        "rollover", "* * * * *", outcome, detail, NOON_NS, NOON_NS, NOON_NS,
        NOON_NS + 60 * SECOND, request=request,
    )  # fmt: skip
    board.update("rollover", 1, lambda _: status)


@pytest.fixture
def url(state: FlakyStateStore) -> Iterator[str]:
    app = site.client(scheduler=SchedulerView(state, lambda: 0.0, FakeClock())).application
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["scheduler", *arguments])


def test_the_status_is_a_table(url: str, board: JobBoard) -> None:
    result = run("status", "--url", url)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "led by host-1-ab since 2026-11-24 12:00:00, term 1",
        "JOB       SCHEDULE   LAST RUN             OUTCOME  NEXT RUN             WHAT IT DID",
        "rollover  * * * * *  2026-11-24 12:00:00  done     2026-11-24 12:01:00  nothing to do",
        "size_cap  off        -                    never    -",
    ]


def test_a_job_that_failed_last_is_exit_code_1(url: str, board: JobBoard) -> None:
    ended(board, Outcome.FAILED, "no\x1b[2J connection")

    result = run("status", "--url", url)

    assert result.exit_code == 1
    assert "failed   2026-11-24 12:01:00  no\\x1b[2J connection" in result.stdout


def test_nobody_who_leads_is_exit_code_1(url: str) -> None:
    result = run("status", "--url", url)

    assert result.exit_code == 1
    assert result.stdout == "nobody leads: start one with `logfeed scheduler`\n"


def test_programs_get_what_the_api_answers(url: str, board: JobBoard) -> None:
    result = run("status", "--json", "--url", url)

    body = json.loads(result.stdout)
    assert body["leader"]["instance"] == "host-1-ab"
    assert [job["name"] for job in body["jobs"]] == ["rollover", "size_cap"]


def test_a_run_is_asked_for(url: str, board: JobBoard) -> None:
    result = run("run", "size_cap", "--url", url)

    assert (result.exit_code, list(board.requests())) == (0, ["size_cap"])
    assert result.stdout.startswith("size_cap is run as soon as the leader sees it")


@pytest.mark.parametrize(
    ("outcome", "exit_code"),
    [(Outcome.DONE, 0), (Outcome.ATTENTION, 0), (Outcome.FAILED, 1), (Outcome.INTERRUPTED, 1)],
)
def test_a_run_can_be_waited_for(
    url: str, board: JobBoard, outcome: Outcome, exit_code: int
) -> None:
    def lead() -> None:
        eventually(board.requests, "it is asked for")
        ended(board, outcome, "what it did", board.requests()["rollover"])

    leader = threading.Thread(target=lead)
    leader.start()

    result = run("run", "rollover", "--wait", "--url", url)

    leader.join()
    assert result.exit_code == exit_code
    assert result.stdout == f"{outcome} what it did\n"


def test_an_unknown_job_is_refused_with_those_there_are(url: str, board: JobBoard) -> None:
    result = run("run", "dishes", "--url", url)

    assert result.exit_code == 2
    assert "there is no job 'dishes'; there are rollover, size_cap" in result.stderr


def test_no_api_to_ask_is_said_in_a_sentence() -> None:
    result = run("status", "--url", f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 2
    assert "nothing answers on" in result.stderr


def test_a_health_check_sees_whether_one_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGFEED_DATA_DIR", str(tmp_path))

    assert run("ready").exit_code == 1
    with present(presence_file(tmp_path)):
        assert run("ready").exit_code == 0


def test_a_bad_cron_line_keeps_it_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGFEED_SCHEDULE_TIERS", "every day")

    result = run()

    assert result.exit_code == 2
    assert "LOGFEED_SCHEDULE_TIERS='every day' cannot be used" in result.stderr
