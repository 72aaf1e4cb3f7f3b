"""The window of times: what lies far outside is moved, and says so, or is rejected."""

import pytest

from app.domain.draft import Draft
from app.domain.instants import format_instant
from app.domain.outcomes import Outcome, Status
from app.domain.ports import IMPORTED_STREAM
from app.services.pipeline.time_window import MOVED, ORIGINAL_TIME, TimeWindow
from app.settings import Settings
from app.wiring.memory import create_log_service
from tests.builders import DAY, NOON_NS, SECOND, draft
from tests.fakes import FakeClock


def window(outside: str = "move") -> TimeWindow:
    return TimeWindow(FakeClock(), 30, 600, "reject" if outside == "reject" else "move")


@pytest.mark.parametrize("distance", [0, -30 * DAY, 600 * SECOND, -DAY])
@pytest.mark.parametrize("outside", ["move", "reject"])
def test_a_record_within_the_window_stays_as_it_is(distance: int, outside: str) -> None:
    record = draft(at=NOON_NS + distance)

    assert window(outside)(record) is record


def test_a_record_without_a_time_stays_as_it_is() -> None:
    record = draft(at=None)

    assert window()(record) is record


@pytest.mark.parametrize("at", [0, NOON_NS - 30 * DAY - 1, NOON_NS + 600 * SECOND + 1, 2**63 - 1])
def test_a_record_outside_gets_the_time_of_its_receipt_and_keeps_its_own(at: int) -> None:
    moved = window()(draft(at=at, metadata={"order": 17}))

    assert isinstance(moved, Draft)
    assert moved.instant == NOON_NS
    assert moved.metadata["order"] == 17
    assert moved.metadata[ORIGINAL_TIME] == format_instant(at)
    assert moved.metadata[MOVED] is True


def test_a_record_outside_is_rejected_where_that_is_set() -> None:
    refused = window("reject")(draft("a", at=0))

    assert isinstance(refused, Outcome)
    assert (refused.status, refused.field, refused.id) == (Status.REJECTED, "timestamp", "a")
    assert "30 days ago and 600 seconds ahead" in (refused.reason or "")


def test_imported_records_are_taken_however_old() -> None:
    service = create_log_service(settings=Settings(outside_window="reject"), clock=FakeClock())

    (live,) = service.ingest_batch([draft(at=0)])
    (old,) = service.ingest_batch([draft(at=0)], IMPORTED_STREAM)

    assert (live.status, old.status) == (Status.REJECTED, Status.CREATED)


@pytest.mark.parametrize(("ahead", "status"), [(DAY, Status.CREATED), (DAY + 1, Status.REJECTED)])
def test_imported_records_come_from_the_future_by_a_day_at_most(ahead: int, status: Status) -> None:
    # A day, as the zone of an old file may be unknown.
    service = create_log_service(settings=Settings(outside_window="reject"), clock=FakeClock())

    (outcome,) = service.ingest_batch([draft(at=NOON_NS + ahead)], IMPORTED_STREAM)

    assert outcome.status is status
    assert status is Status.CREATED or outcome.reason == "must lie at most 86400 seconds ahead"
