"""Node numbers leased from shared state: never one number for two processes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import OutOfTimeError, StoreUnavailableError
from app.domain.ids import NodeLease, SnowflakeIDGenerator
from app.domain.ports import StateDocument
from app.services.node_numbers import LEASE_MS, MARGIN_MS, LeasedNodeNumbers
from tests.builders import NOON_NS
from tests.fakes import FakeClock, FlakyStateStore

NOON_MS = NOON_NS // 1_000_000
HOURS_TO_EXPIRY = (LEASE_MS + MARGIN_MS) // 3_600_000

#: A number is sought at random; with a single one, every lease is about this one.
single_number = pytest.mark.usefixtures("_a_single_number")


@pytest.fixture
def _a_single_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.node_numbers.NODE_COUNT", 1)


def test_a_lease_runs_a_day_from_now() -> None:
    lease = LeasedNodeNumbers(FlakyStateStore(), FakeClock()).lease()

    assert 0 <= lease.number < 1_024
    assert (lease.first_ms, lease.end_ms) == (0, NOON_MS + 24 * 3_600_000)


def test_no_two_instances_hold_one_number() -> None:
    state, clock = FlakyStateStore(), FakeClock()

    numbers = [LeasedNodeNumbers(state, clock).lease().number for _ in range(300)]

    assert len(set(numbers)) == 300


@single_number
def test_when_no_number_is_free_the_error_says_what_to_do() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    LeasedNodeNumbers(state, clock).lease()

    with pytest.raises(StoreUnavailableError, match="LOGFEED_NODE_NUMBER"):
        LeasedNodeNumbers(state, clock).lease()


@single_number
def test_of_two_that_claim_a_number_at_once_one_gets_it() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    rival: list[NodeLease] = []
    state.before_write = lambda: rival.append(LeasedNodeNumbers(state, clock).lease())

    with pytest.raises(StoreUnavailableError):
        LeasedNodeNumbers(state, clock).lease()

    assert [lease.number for lease in rival] == [0]


@single_number
def test_of_two_that_reclaim_a_released_number_at_once_one_gets_it() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    numbers = LeasedNodeNumbers(state, clock)
    numbers.release(numbers.lease(), NOON_MS)
    rival: list[NodeLease] = []
    state.before_write = lambda: rival.append(LeasedNodeNumbers(state, clock).lease())

    with pytest.raises(StoreUnavailableError):
        numbers.lease()

    assert [lease.first_ms for lease in rival] == [NOON_MS + 1]


@single_number
def test_a_released_number_begins_after_the_last_millisecond_used() -> None:
    numbers = LeasedNodeNumbers(FlakyStateStore(), FakeClock())
    numbers.release(numbers.lease(), last_ms=NOON_MS + 40)

    again = numbers.lease()

    assert again == NodeLease(0, NOON_MS + 41, NOON_MS + 41 + LEASE_MS)


@single_number
def test_an_expired_number_is_free_after_a_margin_for_clocks_that_differ() -> None:
    clock = FakeClock()
    numbers = LeasedNodeNumbers(FlakyStateStore(), clock)
    former = numbers.lease()

    clock.advance(hours=HOURS_TO_EXPIRY)
    with pytest.raises(StoreUnavailableError):
        numbers.lease()

    clock.advance(ms=1)
    assert numbers.lease().first_ms == former.end_ms


def test_a_renewed_lease_runs_a_day_from_the_renewal() -> None:
    clock = FakeClock()
    numbers = LeasedNodeNumbers(FlakyStateStore(), clock)
    lease = numbers.lease()

    clock.advance(hours=12)

    assert numbers.renew(lease) == NodeLease(lease.number, 0, lease.end_ms + 12 * 3_600_000)


@single_number
def test_a_lease_that_is_renewed_does_not_expire() -> None:
    clock = FakeClock()
    numbers = LeasedNodeNumbers(FlakyStateStore(), clock)
    lease = numbers.lease()
    clock.advance(hours=20)
    numbers.renew(lease)

    clock.advance(hours=20)

    with pytest.raises(StoreUnavailableError):
        numbers.lease()


@single_number
def test_a_lease_that_somebody_else_has_taken_over_is_not_renewed() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    numbers = LeasedNodeNumbers(state, clock)
    lost = numbers.lease()
    clock.advance(hours=HOURS_TO_EXPIRY, ms=1)
    held = LeasedNodeNumbers(state, clock).lease()

    assert numbers.renew(lost) is None
    assert numbers.renew(held) is not None


@single_number
def test_a_release_that_comes_too_late_does_not_free_the_number_of_another() -> None:
    state, clock = FlakyStateStore(), FakeClock()
    numbers = LeasedNodeNumbers(state, clock)
    lost = numbers.lease()
    clock.advance(hours=HOURS_TO_EXPIRY, ms=1)
    LeasedNodeNumbers(state, clock).lease()

    numbers.release(lost, last_ms=NOON_MS)

    with pytest.raises(StoreUnavailableError):
        numbers.lease()


def test_a_renewal_that_meets_another_writer_is_not_made() -> None:
    state = FlakyStateStore()
    numbers = LeasedNodeNumbers(state, FakeClock())
    lease = numbers.lease()
    state.before_write = lambda: numbers.release(lease, NOON_MS)

    assert numbers.renew(lease) is None


def test_while_the_state_is_away_nothing_is_renewed_and_a_release_is_let_go() -> None:
    state = FlakyStateStore()
    numbers = LeasedNodeNumbers(state, FakeClock())
    lease = numbers.lease()
    state.is_away = True

    assert numbers.renew(lease) is None
    numbers.release(lease, NOON_MS)
    with pytest.raises(StoreUnavailableError):
        numbers.lease()


def test_a_state_that_fails_to_answer_a_question_has_no_number_claimed() -> None:
    class Deaf(FlakyStateStore):
        def read(self, key: str) -> StateDocument | None:
            raise OutOfTimeError("no answer in time")

    state = Deaf()
    with pytest.raises(OutOfTimeError):
        LeasedNodeNumbers(state, FakeClock()).lease()

    assert state.find("") == {}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 30)), max_size=60))
def test_ids_are_unique_over_instances_that_come_go_and_sleep(
    steps: list[tuple[int, int]],
) -> None:
    state, clock = FlakyStateStore(), FakeClock()
    instances = [SnowflakeIDGenerator(LeasedNodeNumbers(state, clock), clock) for _ in range(4)]

    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.services.node_numbers.NODE_COUNT", 2)
        for chosen, hours in steps:
            made.append(instances[chosen].next_id())
            if hours == 0:
                instances[chosen].close()
            clock.advance(hours=hours)

    assert len(set(made)) == len(made)
