"""One leader by a lease: who has it, who gets it, and when nobody may act."""

from collections.abc import Callable

import pytest

from app.domain.jobs import NotLeaderError
from app.services.lease import LEASE_KEY, Lease
from tests.fakes import FakeClock, FlakyStateStore

TTL = 15.0


class Steady:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def state() -> FlakyStateStore:
    return FlakyStateStore()


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def lease_of(state: FlakyStateStore, steady: Steady) -> Callable[[str], Lease]:
    return lambda holder: Lease(state, holder, TTL, steady, FakeClock())


def test_the_first_to_come_leads(lease_of: Callable[[str], Lease]) -> None:
    one, other = lease_of("one"), lease_of("other")

    one.tick()
    other.tick()

    assert (one.term, other.term) == (1, None)
    one.check(1)
    with pytest.raises(NotLeaderError, match="other does not lead"):
        other.check(1)


def test_a_lease_that_is_renewed_stays(lease_of: Callable[[str], Lease], steady: Steady) -> None:
    one, other = lease_of("one"), lease_of("other")

    for _ in range(100):
        one.tick()
        other.tick()
        steady.now += TTL / 6

    assert (one.term, other.term) == (1, None)


def test_a_silent_leader_is_followed_when_its_lease_has_been_the_same_for_its_whole_length(
    lease_of: Callable[[str], Lease], steady: Steady
) -> None:
    one, other = lease_of("one"), lease_of("other")
    one.tick()
    other.tick()

    steady.now += TTL - 0.1
    other.tick()
    assert other.term is None

    steady.now += 0.1
    other.tick()

    assert other.term == 2


def test_a_follower_counts_from_when_it_saw_the_lease_itself(
    lease_of: Callable[[str], Lease], steady: Steady
) -> None:
    lease_of("one").tick()
    steady.now += 10 * TTL
    other = lease_of("other")

    other.tick()
    assert other.term is None

    steady.now += TTL
    other.tick()
    assert other.term == 2


def test_a_leader_that_cannot_renew_stops_leading_well_before_another_begins(
    lease_of: Callable[[str], Lease], steady: Steady, state: FlakyStateStore
) -> None:
    one = lease_of("one")
    one.tick()
    state.is_away = True

    steady.now += TTL * 0.6
    one.tick()
    assert one.term is not None
    steady.now += TTL * 0.1
    one.tick()

    assert one.term is None


def test_nobody_may_act_while_the_state_is_away(
    lease_of: Callable[[str], Lease], state: FlakyStateStore
) -> None:
    one = lease_of("one")
    one.tick()
    state.is_away = True

    with pytest.raises(NotLeaderError, match="is not known: the shared state is away"):
        one.check(1)


def test_one_that_wakes_late_does_nothing_if_another_has_taken_over(
    lease_of: Callable[[str], Lease], steady: Steady
) -> None:
    one, other = lease_of("one"), lease_of("other")
    one.tick()
    other.tick()
    steady.now += TTL
    other.tick()

    with pytest.raises(NotLeaderError):
        one.check(1)

    one.tick()
    assert (one.term, other.term) == (None, 2)


def test_one_whose_clock_stood_still_while_it_was_away_does_nothing_either(
    state: FlakyStateStore,
) -> None:
    frozen, going = Steady(), Steady()
    one = Lease(state, "one", TTL, frozen, FakeClock())
    other = Lease(state, "other", TTL, going, FakeClock())
    one.tick()
    other.tick()
    going.now += TTL
    other.tick()

    with pytest.raises(NotLeaderError):
        one.check(1)

    assert one.term is None


def test_one_that_wakes_late_goes_on_if_nobody_has_taken_over(
    lease_of: Callable[[str], Lease], steady: Steady
) -> None:
    one = lease_of("one")
    one.tick()
    steady.now += 10 * TTL
    assert one.term is None

    one.check(1)

    assert one.term == 1


def test_what_was_begun_in_an_earlier_term_is_not_carried_on(
    lease_of: Callable[[str], Lease], steady: Steady
) -> None:
    one, other = lease_of("one"), lease_of("other")
    one.tick()
    other.tick()
    steady.now += TTL
    other.tick()
    other.release()
    one.tick()
    one.tick()
    assert one.term == 3

    with pytest.raises(NotLeaderError):
        one.check(1)


def test_a_released_lease_is_taken_at_once(lease_of: Callable[[str], Lease]) -> None:
    one, other = lease_of("one"), lease_of("other")
    one.tick()
    other.tick()

    one.release()
    other.tick()

    assert (one.term, other.term) == (None, 2)


def test_an_abandoned_lease_runs_out(lease_of: Callable[[str], Lease], steady: Steady) -> None:
    one, other = lease_of("one"), lease_of("other")
    one.tick()
    other.tick()

    one.abandon()
    one.tick()
    other.tick()
    assert (one.term, other.term) == (None, None)
    steady.now += TTL
    other.tick()

    assert other.term == 2


def test_of_two_that_seek_a_free_lease_at_once_one_gets_it(
    lease_of: Callable[[str], Lease], state: FlakyStateStore
) -> None:
    one, other = lease_of("one"), lease_of("other")
    state.before_write = other.tick

    one.tick()

    assert (one.term, other.term) == (None, 1)


def test_a_lease_whose_taking_was_never_answered_is_ours_all_the_same(
    lease_of: Callable[[str], Lease], state: FlakyStateStore
) -> None:
    one = lease_of("one")
    state.documents.create(LEASE_KEY, {"holder": "one", "term": 7})

    one.tick()

    assert one.term == 8


def test_a_lost_document_is_made_anew_with_a_higher_term(
    state: FlakyStateStore, steady: Steady
) -> None:
    one = Lease(state, "one", TTL, steady, FakeClock())
    one.tick()
    state.documents.replace(LEASE_KEY, {"holder": None, "term": 41}, "1")
    steady.now += TTL / 3
    one.tick()
    one.tick()
    assert one.term == 42


def test_the_document_tells_people_who_leads(state: FlakyStateStore, steady: Steady) -> None:
    Lease(state, "one", TTL, steady, FakeClock(), {"jobs": "a,b"}).tick()

    document = state.read(LEASE_KEY)

    assert document is not None
    assert document.body["holder"] == "one"
    assert document.body["jobs"] == "a,b"
