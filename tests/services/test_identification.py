"""A record that came without an id or a time gets one."""

from msgspec.structs import replace

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


def test_a_record_that_cannot_get_an_id_fails_and_may_be_sent_again() -> None:
    ids = CountingIds()
    ids.is_away = True
    identify = Identify(ids, FakeClock())

    assert identify(draft()) == Outcome.failed("no node number can be leased now")
    assert identify(draft("mine", at=5)) == draft("mine", at=5)
