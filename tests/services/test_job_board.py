"""What is written down of the jobs, and by whom."""

import dataclasses

import pytest

from app.domain.errors import StoreUnavailableError
from app.domain.jobs import JobStatus, Outcome
from app.services.job_board import JobBoard, status_key
from tests.fakes import FlakyStateStore


def told(detail: str) -> JobStatus:
    return JobStatus("a", detail=detail)


@pytest.fixture
def state() -> FlakyStateStore:
    return FlakyStateStore()


@pytest.fixture
def board(state: FlakyStateStore) -> JobBoard:
    return JobBoard(state)


def test_a_status_is_read_as_it_was_written(board: JobBoard) -> None:
    status = JobStatus(
        "a", "* * * * *", Outcome.FAILED, "why", 1, 2, 3, 4, 5, 6, "one", term=7, request="r"
    )

    board.update("a", 7, lambda _: status)

    assert board.read("a") == status
    assert board.read("b") == JobStatus("b")


def test_a_leader_of_an_earlier_term_changes_nothing(board: JobBoard) -> None:
    board.update("a", 2, lambda _: told("of the second"))

    board.update("a", 1, lambda _: told("of the first"))

    assert board.read("a").detail == "of the second"


def test_of_two_changes_at_once_none_is_lost(board: JobBoard, state: FlakyStateStore) -> None:
    def one_more(status: JobStatus) -> JobStatus:
        return dataclasses.replace(status, failures=status.failures + 1)

    board.update("a", 1, one_more)
    state.before_write = lambda: board.update("a", 1, one_more)

    board.update("a", 1, one_more)

    assert board.read("a").failures == 3


def test_a_document_of_another_version_is_read_as_far_as_it_is_known(
    board: JobBoard, state: FlakyStateStore
) -> None:
    state.create(status_key("a"), {"name": "a", "outcome": "dreamt", "colour": "red", "term": 3})

    assert board.read("a") == JobStatus("a", term=3)


def test_who_asks_twice_asks_once(board: JobBoard) -> None:
    first = board.ask("a")

    assert board.ask("a") == first
    assert board.requests() == {"a": first}
    board.answered("a", first)
    assert board.requests() == {}
    assert board.ask("a") != first


def test_an_answer_to_an_earlier_request_leaves_the_later_one(board: JobBoard) -> None:
    first = board.ask("a")
    board.answered("a", first)
    second = board.ask("a")

    board.answered("a", first)

    assert board.requests() == {"a": second}


def test_a_state_that_is_away_is_said_to_be(board: JobBoard, state: FlakyStateStore) -> None:
    state.is_away = True

    with pytest.raises(StoreUnavailableError):
        board.ask("a")
