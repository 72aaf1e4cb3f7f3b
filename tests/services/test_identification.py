"""A record that came without an id or a time gets one."""

import pytest
from msgspec.structs import replace

from app.domain.errors import InvalidQueryError, LogfeedError, StoreError, StoreUnavailableError
from app.domain.outcomes import Outcome
from app.services.pipeline.identification import Identify
from tests.builders import NOON_NS, draft
from tests.fakes import CountingIds, FakeClock


def test_a_record_without_id_and_time_gets_both() -> None:
    identify = Identify(CountingIds(), FakeClock(NOON_NS))

    assert identify(draft()) == replace(
        draft("id-1", at=NOON_NS), is_id_given=False, is_time_given=False
    )


def test_what_the_sender_gave_is_kept() -> None:
    identify = Identify(CountingIds(), FakeClock(NOON_NS))

    assert identify(draft("mine", at=0)) == draft("mine", at=0)


def test_no_id_is_used_up_for_a_record_that_has_one() -> None:
    identify = Identify(CountingIds(), FakeClock())
    identify(draft("mine"))

    assert identify(draft(at=5)) == replace(draft("id-1", at=5), is_id_given=False)


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailableError("the state is away"),
        InvalidQueryError("filter", "the index of the state is closed"),
        StoreError("the state is not as it should be"),
    ],
)
def test_a_record_that_cannot_get_an_id_fails_and_may_be_sent_again(error: LogfeedError) -> None:
    class NoIds(CountingIds):
        def next_ids(self, count: int) -> list[str]:
            raise error

    identify = Identify(NoIds(), FakeClock())

    assert identify(draft()) == Outcome.failed(str(error))
    assert identify(draft("mine", at=5)) == draft("mine", at=5)
