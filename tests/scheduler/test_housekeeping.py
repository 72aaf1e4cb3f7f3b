"""What the jobs that keep the house in order do, and what they say of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.dead_letters import DeadLetter
from app.domain.jobs import NotLeaderError
from app.domain.left_logs import DamagedFile, LeftLog, LogSurvey
from app.scheduler.housekeeping import dead_letter_job, log_job, template_job
from tests.builders import DAY, NOON_NS, dead_letter
from tests.fakes import FakeClock, FakeDeadLetters

DAY_SECONDS = 86_400.0


def allowed() -> None:
    """The guard of a leader."""


def refused() -> None:
    """The guard of one that leads no more."""
    raise NotLeaderError("it does not lead any more")


def letter(id: str, days: float) -> DeadLetter:
    return replace(dead_letter(id), last_refused=NOON_NS - int(days * DAY))


@pytest.fixture
def letters() -> FakeDeadLetters:
    return FakeDeadLetters(letter("new", 1), letter("old", 91), letter("older", 400))


def test_letters_older_than_the_age_are_deleted_and_counted(letters: FakeDeadLetters) -> None:
    result = dead_letter_job(letters, FakeClock(), 90)(allowed)

    assert result.text == "2 dead letters older than 90 days deleted, 1 kept"
    assert set(letters.letters) == {"new"}


def test_more_letters_than_one_page_go_in_one_run() -> None:
    letters = FakeDeadLetters(*(letter(f"{number:05}", 91) for number in range(2_500)))

    assert dead_letter_job(letters, FakeClock(), 90)(allowed).text.startswith("2500 dead letters")


def test_with_an_age_of_0_no_letter_is_deleted(letters: FakeDeadLetters) -> None:
    result = dead_letter_job(letters, FakeClock(), 0)(allowed)

    assert result.text == "3 dead letters kept; none is deleted by age"
    assert len(letters.letters) == 3


def test_one_that_does_not_lead_deletes_no_letter(letters: FakeDeadLetters) -> None:
    with pytest.raises(NotLeaderError):
        dead_letter_job(letters, FakeClock(), 90)(refused)

    assert len(letters.letters) == 3


def test_templates_that_are_missing_are_installed() -> None:
    result = template_job(lambda: ["a"], lambda: ["a", "b"])(allowed)

    assert result.text == "installed 2 index templates: a, b"


def test_templates_that_are_there_are_left_alone() -> None:
    def install() -> list[str]:
        raise AssertionError

    assert template_job(list, install)(refused).text == "all index templates are there"


def test_one_that_does_not_lead_installs_nothing() -> None:
    def install() -> list[str]:
        raise AssertionError

    with pytest.raises(NotLeaderError):
        template_job(lambda: ["a"], install)(refused)


LEFT = LeftLog(Path("/data/wal/a"), 3 * 1024 * 1024, 700.0)
YOUNG = DamagedFile(Path("/data/wal/a/damaged/1.bin"), 100, 2 * DAY_SECONDS)
OLD = DamagedFile(Path("/data/wal/damaged/b/1.bin"), 2_000, 40 * DAY_SECONDS)


def test_a_clean_folder_needs_no_attention() -> None:
    result = log_job(LogSurvey, lambda file: None, 0)(allowed)

    assert result.text == "no log waits and nothing is damaged on this machine"
    assert not result.needs_attention


def test_a_log_that_nobody_ships_is_told_with_what_helps() -> None:
    result = log_job(lambda: LogSurvey([LEFT]), lambda file: None, 0)(allowed)

    assert result.needs_attention
    assert result.text == (
        "1 logs of ended processes, 3 MiB, untouched for 700 s, wait with nobody to ship them: start "
        "`logfeed serve` with LOGFEED_QUEUE=local on this machine (/data/wal)"
    )


def test_damaged_files_are_told_and_kept() -> None:
    removed: list[DamagedFile] = []

    result = log_job(lambda: LogSurvey([], [YOUNG, OLD]), removed.append, 0)(allowed)

    assert result.needs_attention
    assert result.text == (
        "2 damaged files, 2 KiB, the oldest from 40.0 days ago, are kept in /data/wal/a/damaged"
    )
    assert removed == []


def test_damaged_files_beyond_the_age_are_deleted() -> None:
    removed: list[DamagedFile] = []

    result = log_job(lambda: LogSurvey([], [YOUNG, OLD]), removed.append, 30)(allowed)

    assert removed == [OLD]
    assert "1 damaged files older than 30 days deleted" in result.text


def test_one_that_does_not_lead_deletes_no_file() -> None:
    removed: list[DamagedFile] = []

    with pytest.raises(NotLeaderError):
        log_job(lambda: LogSurvey([], [OLD]), removed.append, 30)(refused)

    assert removed == []
