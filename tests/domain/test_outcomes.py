"""What became of a record."""

import pytest

from app.domain.outcomes import Outcome, Status, tally

OUTCOMES = [
    Outcome.created("1"),
    Outcome.duplicate("2"),
    Outcome.dropped("min_level"),
    Outcome.rejected("must be text", field="message", id="3"),
    Outcome.failed("the store is away", id="4"),
    Outcome.created("5"),
]


def test_each_kind_says_what_a_caller_needs() -> None:
    assert [(o.status, o.id, o.field, o.reason, o.rule) for o in OUTCOMES[:5]] == [
        ("created", "1", None, None, None),
        ("duplicate", "2", None, None, None),
        ("dropped", None, None, None, "min_level"),
        ("rejected", "3", "message", "must be text", None),
        ("failed", "4", None, "the store is away", None),
    ]


def test_a_record_is_stored_when_it_was_created_or_was_there() -> None:
    assert [o.is_stored for o in OUTCOMES] == [True, True, False, False, False, True]


@pytest.mark.parametrize(
    ("status", "number"), [(Status.CREATED, 2), (Status.DUPLICATE, 1), (Status.FAILED, 1)]
)
def test_outcomes_are_counted_by_status(status: Status, number: int) -> None:
    assert tally(OUTCOMES)[status] == number
