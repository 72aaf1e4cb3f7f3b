"""Problem details: one form for every error."""

import pytest

from app.domain.errors import (
    InvalidQueryError,
    InvalidRecordError,
    LogfeedError,
    StoreError,
    StoreUnavailableError,
)
from app.protocols.problems import problem, problem_of


def test_a_problem_has_the_members_of_rfc_9457() -> None:
    assert problem(404, "there is no such record") == {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "there is no such record",
    }


def test_the_field_at_fault_is_named_beside_its_own_reason() -> None:
    body = problem(400, "level: must be one of DEBUG, INFO", field="level")

    assert body["detail"] == "level: must be one of DEBUG, INFO"
    assert body["errors"] == [{"field": "level", "detail": "must be one of DEBUG, INFO"}]


def test_a_problem_may_carry_more_members() -> None:
    assert problem(503, "later", results=[1])["results"] == [1]


def test_a_status_without_a_title_of_its_own_is_an_error() -> None:
    assert problem(418, "tea")["title"] == "Error"


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (InvalidRecordError("message", "must be text"), 400, "message: must be text"),
        (InvalidQueryError("limit", "too many"), 400, "limit: too many"),
        (StoreUnavailableError("away"), 503, "away"),
        (StoreError("odd answer"), 500, "odd answer"),
        (LogfeedError("another"), 500, "another"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_errors_of_the_domain_have_their_status(
    error: LogfeedError, status: int, detail: str
) -> None:
    body = problem_of(error)

    assert (body["status"], body["detail"]) == (status, detail)
    assert [named["field"] for named in body.get("errors", [])] == (
        [error.field] if isinstance(error, InvalidRecordError | InvalidQueryError) else []
    )
